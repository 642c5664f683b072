/* The page that creates a publication. It asks what `newsletter init` asks. */

import { listOfResults } from "./diagnoses.js";
import { showProblem } from "./dialogs.js";
import { $, make, sentence, show, withCode } from "./dom.js";
import { request } from "./server.js";

const ANSWERS = ["name", "language", "sender", "sections"];
const form = $("setup-form").elements;

function answers() {
  const own = form.subject.value === "own";
  return { name: form.name.value, language: form.language.value, sender: form.sender.value, sections: own ? form.sections.value || "," : form.subject.value };
}

function showProblems(problems) {
  for (const name of ANSWERS) {
    show($(`${name}-problem`), withCode(sentence(problems[name] ?? "")));
    if (problems[name]) form[name].setAttribute("aria-invalid", "true");
    else form[name].removeAttribute("aria-invalid");
  }
  const first = ANSWERS.find(name => problems[name]);
  if (first) form[first].focus();
}

async function create() {
  const data = answers();
  show($("setup-problem"));
  const { status, body } = await request("/api/publication", data);
  showProblems(body.problems ?? {});
  if (status !== 200) return body.problems || showProblem($("setup-problem"), body);
  document.title = data.name;
  $("created-title").textContent = `${data.name} is ready`;
  show($("left"), body.notes.map(note => make("p", { class: "note" }, withCode(note))),
    make("h2", {}, "Before you send it"),
    make("p", { class: "note" }, "Fill these in with an editor when you have time. ", make("b", {}, "Preflight and test"), " in the dashboard shows what is left."),
    listOfResults(body.left, { error: "to do", warning: "to do", note: "note" }));
  $("setup-form").hidden = true;
  $("created").hidden = false;
  scrollTo(0, 0);
  $("created-title").focus();
}

$("setup-form").addEventListener("change", () => $("own").hidden = form.subject.value !== "own");
$("setup-form").addEventListener("submit", event => {
  event.preventDefault();
  create();
});
const { body } = await request("/api/publication");
if (!form.name.value) form.name.value = body.name ?? "";
$("folder").textContent = body.folder ?? "";
form.name.select();
