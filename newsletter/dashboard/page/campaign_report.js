/* The report on a campaign: warnings, its numbers beside those of earlier campaigns, and plots. */

import { make, withCode } from "./dom.js";
import { figureOf } from "./plots.js";
import { table } from "./table.js";

const warningOf = ({ severity, message, advice }) => make("div", { class: `report-warning ${severity}` },
  make("p", {}, make("b", {}, `${severity}: `), withCode(message)), make("p", {}, withCode(advice)));

/* Return the parts of a report. It is null until it is read, and has an error if it could not be. */
export function reportParts(report) {
  if (!report) return null;
  if (report.error) return make("p", { class: "problem" }, make("b", {}, withCode(`The report cannot be shown: ${report.error.message}. `)), withCode(report.error.advice ?? ""));
  return [
    report.warnings.map(warningOf),
    make("section", { class: "part figures", "aria-labelledby": "figures-title" }, make("h2", { id: "figures-title" }, "Report"),
      table("Figures", report.columns, report.rows), report.notes.map(note => make("p", { class: "note" }, note))),
    report.plots.length ? make("div", { class: "report-plots" }, report.plots.map(figureOf)) : null,
  ];
}
