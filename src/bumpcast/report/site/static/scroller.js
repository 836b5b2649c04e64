// A table of any length: only the lines that can be seen are elements of the page.
"use strict";
bumpcast.scroller = (function () {
  const make = bumpcast.elements.make;
  const SPARE = 6;

  // Arguments: label (of the whole table), columns ({key, head, title, class, sorted: "up"/"down"
  // when first chosen, cell(line, element)}), height() of a line in pixels, onsort(key),
  // onopen(line), address(line) for lines that are links, spanning(line): a text that takes the
  // place of the cells of columns that are marked `spanned`.
  function scroller(options) {
    const pool = [];
    let lines = [],
      chosen = null,
      first = -1,
      waiting = false;
    const heads = options.columns.map(head);
    const headRow = make("div", { class: "line head", role: "row", "aria-rowindex": 1 }, heads);
    const body = make("div", { class: "lines", role: "rowgroup" });
    const element = make(
      "div",
      {
        class: "scroller " + (options.class || ""),
        role: "grid",
        tabindex: 0,
        "aria-label": options.label,
        onscroll: later,
        onkeydown: options.onkeydown || null,
      },
      make("div", { role: "rowgroup", class: "heads" }, headRow),
      body,
    );
    let tall = options.height();
    new ResizeObserver(function () {
      if (options.height() === tall) return later();
      // A narrower screen has higher lines.
      tall = options.height();
      set(lines, true);
    }).observe(element);

    function head(column) {
      const button =
        options.onsort && column.sorted
          ? make(
              "button",
              {
                type: "button",
                title: column.title || null,
                onclick: function () {
                  options.onsort(column);
                },
              },
              column.head,
            )
          : make("span", { title: column.title || null }, column.head);
      return make("div", { role: "columnheader", class: "cell " + (column.class || "") }, button);
    }

    function later() {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(function () {
        waiting = false;
        draw();
      });
    }

    function newLine() {
      const cells = options.columns.map(function (column) {
        return make("div", { role: "gridcell", class: "cell " + (column.class || "") });
      });
      const span = make("div", { role: "gridcell", class: "cell spanning" });
      const id = options.label.replace(/\W/g, "-") + pool.length;
      const row = make("div", { role: "row", class: "line", id: id, onclick: opened }, cells);
      body.append(row);
      return { element: row, cells: cells, span: span, place: -1, line: null };
    }

    function opened(event) {
      const row = pool.find(function (each) {
        return each.element === event.currentTarget;
      });
      if (row && row.line !== null && options.onopen) options.onopen(row.line, row.place);
    }

    function draw() {
      const height = options.height();
      const visible = Math.ceil(element.clientHeight / height) + 2 * SPARE;
      first = Math.max(0, Math.floor(element.scrollTop / height) - SPARE);
      while (pool.length < Math.min(visible, lines.length)) pool.push(newLine());
      const end = Math.min(first + pool.length, lines.length);
      // A line keeps its element while it is in sight: line i is in element i modulo their number.
      const seen = new Set();
      for (let place = first; place < end; place++) {
        const row = pool[place % pool.length];
        seen.add(row);
        if (row.place !== place || row.line !== lines[place]) show(row, place);
      }
      pool.forEach(function (row) {
        if (seen.has(row)) return;
        row.element.hidden = true;
        row.place = -1;
        row.line = null;
      });
    }

    function show(row, place) {
      const line = lines[place];
      row.place = place;
      row.line = line;
      row.element.hidden = false;
      row.element.style.transform = "translateY(" + place * options.height() + "px)";
      row.element.setAttribute("aria-rowindex", place + 2);
      mark(row);
      const text = options.spanning ? options.spanning(line) : "";
      bumpcast.elements.say(row.span, text);
      row.span.title = text;
      if (text && !row.span.isConnected) row.element.append(row.span);
      if (!text && row.span.isConnected) row.span.remove();
      row.element.classList.toggle("spans", Boolean(text));
      options.columns.forEach(function (column, i) {
        if (!(text && column.spanned)) column.cell(line, row.cells[i], place);
      });
    }

    function mark(row) {
      const is = row.line !== null && row.line === chosen;
      row.element.classList.toggle("chosen", is);
      row.element.setAttribute("aria-selected", is);
      if (is) element.setAttribute("aria-activedescendant", row.element.id);
    }

    function set(found, stay) {
      lines = found;
      body.style.height = lines.length * options.height() + "px";
      element.style.setProperty("--height", options.height() + "px");
      element.setAttribute("aria-rowcount", lines.length + 1);
      pool.forEach(function (row) {
        row.place = -1;
      });
      if (!stay) element.scrollTop = 0;
      draw();
    }

    return {
      element: element,
      // Show other lines, from the top on unless they are to stay.
      set: set,
      sorted: function (key, falling) {
        options.columns.forEach(function (column, i) {
          const state = column.key !== key ? "none" : falling ? "descending" : "ascending";
          heads[i].setAttribute("aria-sort", state);
        });
      },
      choose: function (line) {
        chosen = line;
        pool.forEach(mark);
      },
      // Scroll no further than a line needs to be seen.
      reveal: function (line) {
        const place = lines.indexOf(line);
        if (place < 0) return;
        const top = place * options.height(),
          head = headRow.offsetHeight;
        const room = element.clientHeight - head - options.height();
        if (top < element.scrollTop) element.scrollTop = top;
        else if (top > element.scrollTop + room) element.scrollTop = top - room;
        draw();
      },
      get lines() {
        return lines;
      },
      get page() {
        return Math.max(1, Math.floor(element.clientHeight / options.height()) - 2);
      },
      draw: draw,
    };
  }

  return scroller;
})();
