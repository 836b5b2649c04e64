// All that is chosen on a page stands behind the # of its address, so that a view can be shared,
// kept as a bookmark, and left by the browser's own way back.
"use strict";
bumpcast.address = (function () {
  const listeners = [];
  // Browsers stop listening to a page that changes its address hundreds of times within seconds,
  // as a key that is held down does.
  const PAUSE_MS = 150;
  let written = null,
    timer = 0;
  let current = new URLSearchParams(location.hash.slice(1));

  function get(key) {
    return current.get(key) || "";
  }

  function spelled() {
    return "#" + current.toString();
  }

  // Change some of it. A step is something to come back from; anything else is not.
  function set(changes, step) {
    const before = current.toString();
    Object.keys(changes).forEach(function (key) {
      const value = changes[key];
      if (value === "" || value === null || value === undefined) current.delete(key);
      else current.set(key, value);
    });
    if (current.toString() === before) return;
    if (step) {
      write(true);
    } else if (!timer) {
      timer = setTimeout(write, PAUSE_MS, false);
    }
    tell();
  }

  function write(step) {
    clearTimeout(timer);
    timer = 0;
    written = current.toString();
    if (step) location.hash = spelled();
    else location.replace(spelled());
  }

  // The address of the same view with some changes.
  function link(changes) {
    const other = new URLSearchParams(current);
    Object.keys(changes).forEach(function (key) {
      if (changes[key] === null) other.delete(key);
      else other.set(key, changes[key]);
    });
    return "#" + other.toString();
  }

  // A link to the view as it is when it is clicked, with some changes.
  function anchor(attributes, changes, ...children) {
    const element = bumpcast.elements.make("a", attributes, children);
    element.href = link(changes);
    element.addEventListener("click", function (event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      set(changes, true);
    });
    return element;
  }

  function listen(listener) {
    listeners.push(listener);
  }

  function tell() {
    listeners.forEach(function (listener) {
      listener();
    });
  }

  window.addEventListener("hashchange", function () {
    const found = new URLSearchParams(location.hash.slice(1));
    // Our own changes come back here too, perhaps when there are newer ones.
    if (found.toString() === written) return;
    clearTimeout(timer);
    timer = 0;
    written = null;
    current = found;
    tell();
  });

  return { get: get, set: set, link: link, anchor: anchor, listen: listen };
})();
