/* What a check or an import found: the counts, the rows that change, and the rows with problems. */

import { make, sentence, show, withCode } from "./dom.js";
import { number, plural } from "./format.js";
import { own } from "./subscriber_words.js";

const OUTCOMES = { added: "added", changed: "changed", lowered: "no longer active", suppressed: "suppressed", same: "unchanged" };
const TITLES = { added: "New", changed: "Changed", lowered: "No longer active", suppressed: "Suppressed: never mailed, not imported" };
const HEADINGS = { checked: "What would change", importing: "Imported so far", done: "Imported", stopped: "Stopped. Imported so far", failed: "Imported before the error" };

/* Return the counts as words, as the command prints them. */
function summary({ counts }) {
  const parts = Object.entries(OUTCOMES).filter(([name]) => counts[name]).map(([name, words]) => `${number(counts[name])} ${words}`);
  const skipped = counts.faults ? `, ${plural(counts.faults, "row")} skipped` : "";
  const unclear = counts.unclear_dates ? ` Dates of consent left empty: ${number(counts.unclear_dates)}.` : "";
  return `${parts.join(", ") || "0 added"}${skipped}.${unclear}`;
}

const limited = (shown, total) => total > shown ? make("p", { class: "note" }, `and ${number(total - shown)} more`) : null;

const changesOf = (name, rows, total, open) => make("details", { open }, make("summary", {}, `${TITLES[name]}: ${number(total)}`),
  make("table", { class: "list-table", "aria-label": TITLES[name] },
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Address"), make("th", { scope: "col", class: "wide" }, "Name"), make("th", { scope: "col" }, name === "suppressed" ? "Reason" : "Change"))),
    make("tbody", {}, rows.map(({ address, name, detail }) => make("tr", {}, make("th", { scope: "row" }, own(address)), make("td", { class: "wide" }, own(name)), make("td", {}, own(withCode(detail))))))),
  limited(rows.length, total));

const problemOf = ({ line, message, advice, source, severity }) => make("li", { class: "import-problem" },
  make("p", {}, make("b", {}, `Line ${line}`), severity === "warning" ? " (imported)" : "", ": ", withCode(sentence(message))),
  source.trim() ? make("pre", {}, own(source)) : null, advice ? make("p", { class: "note" }, withCode(advice)) : null);

/* Show the result with the next steps, or nothing if there is none. */
export function showResult(element, found, next) {
  const heading = HEADINGS[found.phase];
  const hasProblems = found.problems.length > 0;
  if (!heading && !hasProblems) return show(element);
  const total = found.counts.faults + found.counts.unclear_dates;
  // Rows are listed once the check is complete.
  const names = found.phase === "checked" ? Object.keys(TITLES).filter(name => found.changes[name]?.length) : [];
  show(element, make("section", { class: "import-result", "aria-labelledby": "result-title" },
    make("h2", { id: "result-title" }, heading ?? "What was found"),
    make("p", {}, summary(found)),
    found.reading ? make("p", { class: "note" }, withCode(`Read as ${found.reading}`)) : null,
    found.warning ? make("p", { class: "warning-note" }, withCode(`${sentence(found.warning)}.`)) : null,
    next ? make("div", { class: "buttons" }, next) : null,
    found.phase === "stopped" || found.phase === "failed" ? make("p", { class: "note" }, "Continue it before you send an issue: a part of the list may be missing. Rows that were imported change nothing.") : null,
    names.map(name => changesOf(name, found.changes[name], found.counts[name], found.counts[name] <= 20)),
    hasProblems ? make("details", { open: total <= 20 }, make("summary", {}, `Rows with problems: ${number(Math.max(total, found.problems.length))}`),
      make("ul", {}, found.problems.map(problemOf)), limited(found.problems.length, total)) : null));
}
