/* The results of the preflight, as a list. */

import { make, withCode } from "./dom.js";

const WORDS = { good: "pass", note: "note", warning: "warning", error: "error" };

/* Return a list of results. `words` are those for their states. */
export const listOfResults = (results, words = WORDS) => make("ul", { class: "diagnoses" }, results.map(result => make("li", { class: result.state },
  make("span", { class: "state" }, words[result.state]),
  make("div", {}, make("p", {}, make("b", {}, result.about), " ", withCode(result.message)), result.advice ? make("p", { class: "note" }, withCode(result.advice)) : null,
    result.problems.map(problem => make("p", { class: "note" }, withCode(`${problem.file}:${problem.line}: ${problem.message}`)))))));
