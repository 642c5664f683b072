/* The findings of the checks. */

import { $, make, show, withCode } from "./dom.js";
import { excerpt, SEVERITIES } from "./problems.js";
import { publish, state, subscribe } from "./state.js";

let openFinding = ""; // the key of the finding that is open

const keyOf = problem => `${problem.file}:${problem.line}:${problem.column}:${problem.message}`;

function showChecks() {
  $("count").textContent = state.problems.length || "";
  if (state.checkError) {
    return show($("panel-checks"), make("div", { class: "result" }, make("b", {}, "Not checked"), withCode(`${state.checkError.message}. ${state.checkError.advice}`)));
  }
  if (!state.problems.length) {
    return show($("panel-checks"), make("div", { class: "result" }, make("b", {}, "No problems found"), "The checks run again after each change."));
  }
  const groups = Object.keys(SEVERITIES).map(severity => [severity, state.problems.filter(problem => problem.severity === severity)]).filter(([, found]) => found.length);
  show($("panel-checks"), groups.map(([severity, found]) => {
    const rules = [...new Set(found.map(problem => problem.rule))];
    return make("section", { class: `group ${severity}` }, make("h2", {}, `${SEVERITIES[severity]} (${found.length})`),
      rules.map(rule => [rule ? make("h3", {}, rule) : null,
        make("ul", {}, found.filter(problem => problem.rule === rule).map(problem => {
          const open = keyOf(problem) === openFinding;
          return make("li", { class: "finding" },
            make("button", { type: "button", "aria-expanded": `${open}`, "data-finding": keyOf(problem) },
              make("span", {}, withCode(problem.message)),
              make("span", { class: "where" }, problem.file === state.issue.file ? `line ${problem.line}` : `${problem.file}:${problem.line}`)),
            open ? make("div", { class: "more" },
              problem.advice ? make("p", {}, withCode(problem.advice)) : null,
              excerpt(problem, 2),
              make("div", { class: "finding-buttons" },
                make("button", { type: "button", "data-line": problem.line }, "Show in the source"),
                state.selected ? make("button", { type: "button", "data-view": "email" }, "Show in the email") : null)) : null);
        }))]).flat());
  }));
}

/* Open a finding and select its entry, or close it if it is open. */
function toggleFinding(key) {
  openFinding = openFinding === key ? "" : key;
  const problem = state.problems.find(each => keyOf(each) === openFinding);
  const at = problem?.path.match(/^sections\.(\w+)\[(\d+)\]/);
  if (problem) {
    state.line = problem.file === state.issue.file ? problem.line : 0;
    state.selected = at ? { section: at[1], index: Number(at[2]) } : null;
  }
  publish("selection", true);
}

subscribe("checks", showChecks);
subscribe("selection", () => state.issue && showChecks());
subscribe("opened", () => openFinding = "");
$("panel-checks").addEventListener("click", event => {
  const button = event.target.closest("[data-finding]");
  if (button) toggleFinding(button.dataset.finding);
});
