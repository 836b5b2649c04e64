// Data files are scripts: a page that was opened from disk may load nothing else. Each of them
// calls `take` with what it holds.
"use strict";
bumpcast.loading = (function () {
  const waiting = new Map();
  const documents = new Map();
  let report = null;

  function take(id, name, content) {
    if (report === null) report = id;
    const asked = waiting.get(name);
    waiting.delete(name);
    if (id !== report) {
      const error = new Error("This report was written again meanwhile: reload the page.");
      if (asked) asked.reject(error);
      return;
    }
    if (asked) asked.resolve(content);
    else documents.set(name, content);
  }

  // A promise of a data file's content. Only those that came with the page are kept here.
  function load(name) {
    if (documents.has(name)) return Promise.resolve(documents.get(name));
    const known = waiting.get(name);
    if (known) return known.promise;
    const asked = {};
    asked.promise = new Promise(function (resolve, reject) {
      asked.resolve = resolve;
      asked.reject = reject;
    });
    waiting.set(name, asked);
    const script = document.createElement("script");
    script.src = "data/" + name + ".js";
    script.async = true;
    script.onload = function () {
      script.remove();
      if (waiting.get(name) === asked) fail(name, asked);
    };
    script.onerror = function () {
      script.remove();
      fail(name, asked);
    };
    document.head.appendChild(script);
    return asked.promise;
  }

  function fail(name, asked) {
    waiting.delete(name);
    asked.reject(new Error("The file data/" + name + ".js of this report is missing or damaged."));
  }

  // What came with the page; undefined if it did not.
  function present(name) {
    return documents.get(name);
  }

  return { take: take, load: load, present: present };
})();
