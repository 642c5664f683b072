/* The text of the issue's file, with the problems of each line. */

import { $, make, show } from "./dom.js";
import { chooseView } from "./views.js";
import { linesOf, SEVERITIES } from "./problems.js";
import { state, subscribe } from "./state.js";

function showSource() {
  if (state.view !== "source" || !state.issue) return;
  const messages = new Map(); // line number: set of messages
  for (const problem of [...(state.issue.error?.problems ?? []), ...state.problems]) {
    if (problem.file !== state.issue.file) continue;
    const onLine = messages.get(problem.line) ?? new Set();
    messages.set(problem.line, onLine.add(`${SEVERITIES[problem.severity].replace(/s$/, "")}: ${problem.message}`));
  }
  show($("source-lines"), linesOf(state.issue.text.replace(/\r?\n$/, "")).map((text, at) => {
    const [, space, dash, key, rest] = text.match(/^(\s*)(- )?([\w-]+:(?=\s|$))?(.*)$/);
    const code = make("code", {}, space + (dash ?? ""), key ? make("span", { class: "key" }, key) : "",
      rest.startsWith("#") ? make("span", { class: "comment" }, rest) : rest);
    const onLine = messages.get(at + 1);
    return make("li", { class: [onLine && "has-problem", at + 1 === state.line && "current"].filter(Boolean).join(" ") || false, id: `line-${at + 1}` },
      code, onLine ? make("p", { class: "line-messages" }, [...onLine].join(". ")) : null);
  }));
}

function showLine(number) {
  state.line = Number(number);
  chooseView("source");
  $(`line-${state.line}`)?.scrollIntoView({ block: "center" });
}

for (const topic of ["issue", "checks", "selection", "view"]) subscribe(topic, showSource);
document.addEventListener("click", event => {
  const button = event.target.closest("[data-line]");
  if (button) showLine(button.dataset.line);
});
