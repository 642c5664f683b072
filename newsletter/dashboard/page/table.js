/* A table that scrolls if it is wider than the page. */

import { make } from "./dom.js";

/* `cells` are texts or elements. A column whose first cell looks like a number is aligned at its end. */
export function table(title, heads, rows) {
  const numeric = heads.map((_, at) => /^[\d,.]+( %)?$/.test(rows[0]?.[at] ?? ""));
  const kind = at => numeric[at] ? "number" : null;
  return make("div", { class: "table", tabindex: 0, role: "region", "aria-label": title }, make("table", {},
    make("thead", {}, make("tr", {}, heads.map((head, at) => make("th", { scope: "col", class: kind(at) }, head)))),
    make("tbody", {}, rows.map(row => make("tr", {}, row.map((cell, at) => make("td", { class: kind(at) }, cell)))))));
}
