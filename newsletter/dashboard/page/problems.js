/* Errors and findings with the lines of the file that they are about. */

import { $, make, show, withCode } from "./dom.js";
import { state, subscribe } from "./state.js";

export const SEVERITIES = { error: "Errors", warning: "Warnings", information: "Information" };
let errorsOpen = false; // whether the list of what must be fixed is open

export const linesOf = text => text.split(/\r\n|[\r\n\u0085\u2028\u2029]/);

/* Return the line of a problem, and if it is in the issue, the lines around it. */
export function excerpt(problem, around = 0) {
  const lines = linesOf(state.issue.text);
  const inIssue = problem.file === state.issue.file;
  const first = inIssue ? Math.max(1, problem.line - around) : problem.line;
  const shown = inIssue ? lines.slice(first - 1, problem.line + around) : [problem.source];
  const indents = shown.filter(text => text.trim()).map(text => text.search(/\S/));
  const indent = inIssue && around ? Math.min(...indents) : 0;
  return make("div", { class: "excerpt", tabindex: 0, role: "group", "aria-label": `${problem.file}, line ${problem.line}` },
    shown.map((text, at) => make("span", { class: first + at === problem.line ? "current" : false },
      make("i", {}, `${first + at}`), text.slice(indent) || " ")));
}

/* Show what must be fixed in one line above the views, which opens to show all of it. */
function showIssueError() {
  const error = state.issue?.error;
  if (!error) return show($("issue-error"));
  const [first, ...others] = error.problems;
  const elsewhere = first && first.file !== state.issue.file ? `${first.file}: ` : "";
  const summary = first ? [make("b", {}, others.length ? `${error.problems.length} things to fix` : "1 thing to fix"), " ", elsewhere, withCode(first.message), others.length ? " …" : ""]
    : [make("b", {}, withCode(`${error.message}.`)), " ", withCode(error.advice)];
  if (!first) return show($("issue-error"), make("p", { class: "summary" }, summary));
  show($("issue-error"), make("details", { open: errorsOpen }, make("summary", {}, summary),
    make("ul", {}, error.problems.map(problem => make("li", {},
      problem.file === state.issue.file ? make("button", { type: "button", "data-line": problem.line }, `Line ${problem.line}`) : null,
      make("p", { class: "where" }, `${problem.file}:${problem.line}:${problem.column}`),
      make("p", {}, withCode(problem.message)),
      problem.source.trim() ? excerpt(problem) : null,
      problem.advice ? make("p", { class: "advice" }, withCode(problem.advice)) : null)))));
}

subscribe("issue", showIssueError);
$("issue-error").addEventListener("toggle", event => errorsOpen = event.target.open, true);
