/* The plots of reports: SVG, with a table of the same numbers. */

import { make } from "./dom.js";
import { table } from "./table.js";

/* Return a plot as a figure. Its SVG comes from the dashboard's server, and contains no scripts. */
export function figureOf({ title, description, svg, columns, rows }) {
  const plot = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  return make("figure", { class: "plot-figure" }, make("figcaption", {}, make("b", {}, title), make("p", { class: "note" }, description)),
    document.importNode(plot, true), make("details", {}, make("summary", {}, "Table"), table(title, columns, rows)));
}
