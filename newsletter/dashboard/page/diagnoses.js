/* The results of the preflight, as a list. */

import { $, make, withCode } from "./dom.js";
import { state } from "./state.js";

const WORDS = { good: "pass", note: "note", warning: "warning", error: "error" };

/* What the page offers to do about a result, by its action. */
const BUTTONS = {
  "show-checks": { words: "Show the checks", attributes: { "data-view": "checks", "data-close": true } },
  "send-test": { words: "Send a test", attributes: { "data-focus": "test-address" } },
};

const buttonOf = ({ words, attributes }) => attributes.href ? make("a", attributes, words) : make("button", { type: "button", ...attributes }, words);

/* Return a problem that the preflight counts. One in the issue leads to its line. */
const problemOf = ({ file, line, message }) => file === state.issue?.file
  ? make("li", {}, make("button", { type: "button", "data-line": line, "data-close": true }, `Line ${line}`), make("span", {}, withCode(message)))
  : make("li", {}, make("span", {}, withCode(`${file}:${line}: ${message}`)));

/* Return a list of results. `words` are those for their states, and `buttons` what the page offers, by action. */
export const listOfResults = (results, words = WORDS, buttons = BUTTONS) => make("ul", { class: "diagnoses" }, results.map(result => make("li", { class: result.state },
  make("span", { class: "state" }, words[result.state]),
  make("div", {}, make("p", {}, make("b", {}, result.about), " ", withCode(result.message)),
    result.problems.length ? make("ul", { class: "diagnosed" }, result.problems.map(problemOf)) : null,
    result.advice ? make("p", { class: "note" }, withCode(result.advice), " ", result.action ? buttonOf(buttons[result.action]) : null) : null))));

document.addEventListener("click", event => {
  const id = event.target.closest("[data-focus]")?.dataset.focus;
  if (id) $(id).focus();
});
