/* The import of a list: choose a file, look at what would change, then import it.

   The server has the import, and sends it each time that it changes: see `ImportJob`. */

import { $, make, sentence, show, withCode } from "./dom.js";
import { number, plural } from "./format.js";
import { columnsMapping, fillOptions, optionsForm, optionValues } from "./import_options.js";
import { showResult } from "./import_result.js";
import { currentTime, showStatus } from "./messages.js";
import { request, upload } from "./server.js";
import { unclearColumns, unclearMapping } from "./unclear_columns.js";
import { showViewError } from "./view.js";

const LARGEST = 200_000_000;
const RUNNING = ["checking", "importing"];
let state = null;
let edited = false; // whether the options were changed since the last check

$("view-title").textContent = "Import a list";
document.title = document.title.replace("Subscribers", "Import a list");
show($("content"),
  make("p", { class: "back" }, make("a", { href: "/subscribers" }, "‹ All subscribers")),
  make("div", { id: "upload" }, make("label", { class: "drop" }, make("b", { id: "drop-title" }, "Choose a CSV file"), make("span", { class: "note", id: "drop-note" }, "or drop it anywhere on this page. Exports of Mailchimp, Substack, Buttondown, Ghost, listmonk and others are recognised."),
    make("input", { type: "file", id: "file", class: "visually-hidden", accept: ".csv,.tsv,.txt,text/csv,text/plain" }))),
  make("div", { id: "options" }), make("div", { id: "progress" }), make("div", { id: "problem", role: "alert" }), make("div", { id: "result" }));

/* Ask the server for a step. An error is shown above the page. */
async function step(name, data = {}) {
  const { status, body } = await request(`/api/import/${name}`, data);
  showViewError(status === 200 ? null : body);
  if (status === 200 && body.phase) render(body);
  return status === 200;
}

async function choose(file) {
  if (!file) return;
  $("file").value = "";
  if (file.size > LARGEST) return showViewError({ message: `The file has more than ${number(LARGEST)} bytes`, advice: "Import it with `newsletter subscribers import FILE`." });
  showStatus(`Reading ${file.name} …`);
  show($("options")); // that of another file
  const { status, body } = await upload(`/api/import/file?name=${encodeURIComponent(file.name)}`, file);
  showStatus(status === 200 ? "Live" : "Not read", status !== 200);
  showViewError(status === 200 ? null : body);
  edited = false;
  render(status === 200 ? body : state);
  if (status !== 200) return;
  $("consent").focus();
}

function check() {
  edited = false;
  return step("check", { ...optionValues(), mapping: [...columnsMapping(), ...unclearMapping()] });
}

/* Show the import. The form of the options stays as it is, unless the columns are those of another file. */
function render(found) {
  if (!found || state && found.version < state.version) return; // a response that a later event has overtaken
  const before = state?.phase;
  state = found;
  const running = RUNNING.includes(found.phase);
  const asks = found.file && ["uploaded", "checking", "checked"].includes(found.phase);
  $("upload").hidden = running || ["stopped", "failed"].includes(found.phase);
  $("drop-title").textContent = asks ? found.file : "Choose a CSV file";
  $("drop-note").textContent = asks ? "Choose another file, or drop it here." : "or drop it anywhere on this page. Exports of Mailchimp, Substack, Buttondown, Ghost, listmonk and others are recognised.";
  if (!asks) show($("options"));
  else if ($("options").dataset.header !== JSON.stringify(found.header) || !$("options").firstElementChild) {
    $("options").dataset.header = JSON.stringify(found.header);
    show($("options"), optionsForm(found.header));
    fillOptions(found.options);
    $("import-form").addEventListener("submit", event => {
      event.preventDefault();
      check();
    });
    $("import-form").addEventListener("input", () => {
      edited = true;
      showEnd();
    });
  }
  for (const button of document.querySelectorAll("#import-form button")) button.disabled = running;
  showProgress();
  showProblem();
  showEnd();
  if (before && before !== found.phase && RUNNING.includes(before)) showStatus(running ? "Working …" : `Finished at ${currentTime()}`);
}

function showProgress() {
  if (!RUNNING.includes(state.phase)) return show($("progress"));
  const words = state.phase === "checking" ? "Checking" : "Importing";
  const part = state.total ? Math.floor(100 * state.done / state.total) : 0;
  if (!$("bar")) {
    show($("progress"), make("div", { class: "import-progress" }, make("label", { for: "bar", id: "bar-label" }), make("progress", { id: "bar", max: 100 }),
      make("p", {}, make("button", { type: "button", id: "stop" }, "Stop"))));
    $("stop").onclick = () => step("stop");
  }
  $("bar").value = part;
  $("bar-label").textContent = `${words} ${state.file}: ${part} %`;
}

function showProblem() {
  const error = state.error;
  show($("problem"), error ? make("div", { class: "view-error" }, make("p", {}, make("b", {}, withCode(`${sentence(error.message)}. `)), withCode(error.advice))) : null,
    error?.unclear ? unclearColumns(error.unclear, check) : null);
}

/* Show what the check or the import found, with the next step. */
function showEnd() {
  const { added, changed, lowered } = state.counts;
  const changes = added + changed + lowered;
  const start = words => make("button", { type: "button", class: "main", "data-step": "start" }, words);
  const discard = words => make("button", { type: "button", "data-step": "discard" }, words);
  const next = {
    checked: edited ? [make("p", { class: "note" }, "The options have changed: check again.")] : changes ? [start(`Import: ${plural(changes, "change")}`), discard("Discard the file")] : [make("p", { class: "note" }, "There is nothing to import."), discard("Discard the file")],
    stopped: [start("Continue the import"), discard("Discard the file")],
    failed: [start("Try again"), discard("Discard the file")],
    done: [make("a", { class: "button main", href: "/subscribers" }, "Show the list"), discard("Import another file")],
  }[state.phase];
  showResult($("result"), state, next);
}

document.addEventListener("click", event => {
  const name = event.target.closest("[data-step]")?.dataset.step;
  if (name) step(name).then(done => done && (name === "discard" ? $("file") : $("stop") ?? $("view-title"))?.focus());
});
$("file").addEventListener("change", () => choose($("file").files[0]));

const hasFile = event => event.dataTransfer?.types.includes("Files") && !RUNNING.includes(state?.phase);
document.addEventListener("dragover", event => {
  if (!hasFile(event)) return;
  event.preventDefault();
  document.body.classList.add("dragging-file");
});
document.addEventListener("dragleave", event => event.relatedTarget || document.body.classList.remove("dragging-file"));
document.addEventListener("drop", event => {
  document.body.classList.remove("dragging-file");
  if (!hasFile(event)) return;
  event.preventDefault();
  choose(event.dataTransfer.files[0]);
});

let events = null;

/* Follow the import while the page is visible: a browser opens at most six connections to a server. */
function follow() {
  events?.close();
  if (document.hidden) return;
  events = new EventSource("/api/import/events");
  events.onmessage = event => render(JSON.parse(event.data));
  events.onopen = () => {
    if (state) state.version = 0; // the dashboard may have been restarted
    showStatus("Live");
  };
  events.onerror = () => showStatus("The dashboard has stopped. Reconnecting …", true);
}

document.addEventListener("visibilitychange", follow);
follow();
