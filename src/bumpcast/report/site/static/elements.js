// Elements of the page. Texts only ever become text nodes and attributes' values, never markup:
// a data set may call itself what it likes.
"use strict";
bumpcast.elements = (function () {
  const SVG = "http://www.w3.org/2000/svg";

  function fill(element, attributes, children) {
    Object.keys(attributes || {}).forEach(function (key) {
      const value = attributes[key];
      if (value === null || value === undefined || value === false) return;
      if (key.slice(0, 2) === "on") element.addEventListener(key.slice(2), value);
      else if (key === "style") Object.assign(element.style, value);
      else element.setAttribute(key, value === true ? "" : value);
    });
    add(element, children);
    return element;
  }

  function add(element, children) {
    children.forEach(function (child) {
      if (child === null || child === undefined || child === false) return;
      if (Array.isArray(child)) add(element, child);
      else element.append(child);
    });
  }

  // make("p", {class: "message"}, "text", element, [more]); "on..." listens, null is left out.
  function make(tag, attributes, ...children) {
    return fill(document.createElement(tag), attributes, children);
  }

  function svg(tag, attributes, ...children) {
    return fill(document.createElementNS(SVG, tag), attributes, children);
  }

  function replace(element, ...children) {
    element.replaceChildren();
    add(element, children);
    return element;
  }

  // Give an element that has nothing but a text another one; quicker than a new text node.
  function say(element, text) {
    if (!element.firstChild) element.append(text);
    else if (element.firstChild.data !== text) element.firstChild.data = text;
  }

  // A small table; rows are lists of texts or elements. Columns whose head begins with "#" hold
  // numbers, and are set to the right.
  function table(caption, heads, rows) {
    const numeric = heads.map(function (head) {
      return head[0] === "#";
    });
    function cell(tag, number) {
      return function (content, place) {
        return make(tag, { class: numeric[place] ? "number" : null, scope: number }, content);
      };
    }
    return make(
      "div",
      { class: "wide" },
      make(
        "table",
        { class: "plain" },
        caption && make("caption", {}, caption),
        make(
          "thead",
          {},
          make(
            "tr",
            {},
            heads.map(function (head, place) {
              return cell("th", "col")(head.replace("#", ""), place);
            }),
          ),
        ),
        make(
          "tbody",
          {},
          rows.map(function (row) {
            return make("tr", {}, row.map(cell("td", null)));
          }),
        ),
      ),
    );
  }

  return { make: make, svg: svg, replace: replace, say: say, table: table };
})();
