/* Sends or schedules an issue: choose it and its audience, run the preflight, confirm the number of recipients. */

import { listOfResults } from "./diagnoses.js";
import { showProblem } from "./dialogs.js";
import { $, make, show, withCode } from "./dom.js";
import { plural } from "./format.js";
import { showStatus } from "./messages.js";
import { sendForm } from "./send_form.js";
import { request } from "./server.js";
import { emptyState, load } from "./view.js";

const options = new URLSearchParams(location.search);
let schedule = null; // the schedule that is moved, or null
let chosenTime = ""; // a time with its offset, which the author chose because the clocks show it twice; else ""
let checked = null; // the plan that the preflight checked, and what it found; null if there is none or it is outdated

function plan() {
  const form = $("send-form").elements, later = form.when.value === "later";
  return {
    issue: form.issue.value, audience: form.audience.value, offline: !form.online.checked, moves: schedule?.id ?? null,
    ...(later ? { at: chosenTime || form.at.value.replace("T", " "), zone: form.zone.value, late: form.late.value } : {}),
  };
}

/* Forget the preflight, because its results do not belong to what is in the form now. */
function outdate() {
  checked = null;
  for (const id of ["send-problem", "send-results", "send-confirm"]) show($(id));
  $("send-time").hidden = $("send-form").elements.when.value !== "later";
}

async function whileBusy(button, words, job) {
  const before = button.textContent;
  [button.disabled, button.textContent] = [true, words];
  try {
    return await job();
  } finally {
    [button.disabled, button.textContent] = [false, before];
  }
}

async function runPreflight() {
  outdate();
  const sent = plan();
  const { status, body } = await whileBusy($("send-check"), "Checking …", () => request("/api/sending/preflight", sent));
  if (JSON.stringify(sent) !== JSON.stringify(plan())) return outdate();
  if (status !== 200) return showTimeProblem(body);
  checked = { plan: sent, found: body };
  showResults(body);
  showConfirmation(body);
  $(body.failed ? "send-results-title" : "send-number").focus();
}

/* Show why the preflight could not run, with the times to choose from if the clocks show the time twice or never. */
function showTimeProblem(body) {
  showProblem($("send-problem"), body);
  $("send-problem").append(...(body.choices ?? []).map(each => make("button", { type: "button", "data-time": each }, each)));
}

function showResults({ results, failed, warnings, issue }) {
  const issuePath = `/issues/${encodeURIComponent(issue)}`;
  const errors = results.filter(each => each.state === "error").length;
  const found = [errors && plural(errors, "error"), warnings && plural(warnings, "warning")].filter(Boolean).join(", ");
  show($("send-results"),
    make("h2", { id: "send-results-title", tabindex: -1 }, found ? `Preflight: ${found}` : "Preflight: everything passed"),
    failed ? make("p", { class: "note" }, "Fix the errors, then run the preflight again.") : null,
    listOfResults(results, undefined, {
      "show-checks": { words: "Show the checks", attributes: { href: `${issuePath}#checks` } },
      "send-test": { words: "Send a test", attributes: { "data-send-test": true } },
    }),
    results.some(each => each.action === "send-test") ? make("form", { class: "send-test", id: "send-test", novalidate: true },
      make("div", { class: "field" }, make("label", { for: "send-test-address" }, "Send a test to"),
        make("input", { id: "send-test-address", type: "email", autocomplete: "email", spellcheck: "false", value: localStorage.getItem("test-address") ?? "" })),
      make("button", { id: "send-test-button" }, "Send the test"),
      make("p", { id: "send-test-result", class: "problem", role: "status" })) : null);
}

function showConfirmation({ failed, subject, recipients, received, warnings, unrecorded, at, issue }) {
  if (failed) return;
  const words = schedule ? "Move the schedule" : at ? "Schedule it" : "Send it now";
  show($("send-confirm"), make("form", { class: "confirm-panel", id: "confirm-form", novalidate: true },
    make("h2", {}, words),
    make("p", {}, "“", make("b", {}, subject), `” to `, make("b", {}, plural(recipients, "recipient")), at ? ` at ${at}` : "",
      warnings ? `, despite ${plural(warnings, "warning")}` : "", ".", received ? ` ${plural(received, "other subscriber")} already received it.` : ""),
    at ? make("p", { class: "note" }, withCode("`newsletter worker` must be running at that time. If you change the issue before, it is not sent.")) : null,
    at && checked?.plan.offline ? make("p", { class: "note" }, "At that time, images and pages are checked online. If one cannot be reached then, the issue is not sent.") : null,
    unrecorded ? make("label", { class: "checkbox" }, make("input", { type: "checkbox", id: "send-unrecorded" }), make("span", {},
      withCode(`${issue} is already published, but ${unrecorded} has no record of sending it. It was never sent: nobody gets it twice.`))) : null,
    make("div", { class: "field" }, make("label", { for: "send-number" }, "Type the number of recipients to confirm"),
      make("input", { id: "send-number", inputmode: "numeric", autocomplete: "off" })),
    make("p", { class: "buttons" }, make("button", { class: "main", id: "send-start" }, words)),
    make("p", { class: "problem", id: "confirm-problem", role: "alert" })));
}

async function start() {
  const typed = $("send-number").value.replace(/[\s.,'’]/g, "");
  if (!/^\d{1,12}$/.test(typed)) {
    showProblem($("confirm-problem"), { message: "type the number of recipients", advice: "It is above." });
    return $("send-number").focus();
  }
  const data = { ...checked.plan, content: checked.found.content, recipients: Number(typed), unrecorded: $("send-unrecorded")?.checked ?? false };
  const { status, body } = await whileBusy($("send-start"), checked.found.at ? "Scheduling …" : "Starting …", () => request("/api/sending", data));
  if (status !== 200) return showProblem($("confirm-problem"), body);
  location.href = body.campaign ? `/campaigns/${body.campaign}` : "/schedule";
}

async function sendTest() {
  const address = $("send-test-address").value.trim(), tested = checked;
  const { status, body } = await whileBusy($("send-test-button"), "Sending …", () => request(`/api/issues/${encodeURIComponent(checked.found.issue)}/tests`, { address }));
  if (tested !== checked) return;
  $("send-test-result").classList.toggle("failed", status !== 200 || !body.sent);
  showProblem($("send-test-result"), status === 200 && body.sent ? { ...body, advice: `${body.advice} Then run the preflight again.` } : body);
  if (status === 200 && body.sent) localStorage.setItem("test-address", address);
}

function showForm(choices) {
  schedule = choices.schedule ?? null;
  $("view-title").textContent = schedule ? `Move schedule #${schedule.id}` : "Send an issue";
  if (!choices.issues.length && !schedule) return show($("content"), emptyState("No issues yet", make("a", { class: "button main", href: "/?new-issue" }, "Start the first issue")));
  show($("content"), sendForm(choices, schedule, options.get("issue")), make("div", { id: "send-results", class: "part" }), make("div", { id: "send-confirm" }));
  outdate();
  $("send-form").addEventListener("input", event => {
    if (event.target.name === "at" || event.target.name === "zone") chosenTime = "";
    outdate();
  });
}

const SUBMITS = { "send-form": runPreflight, "confirm-form": start, "send-test": sendTest };

document.addEventListener("submit", event => {
  event.preventDefault();
  SUBMITS[event.target.id]?.();
});
document.addEventListener("click", event => {
  const time = event.target.closest("[data-time]")?.dataset.time;
  if (time) {
    chosenTime = time;
    runPreflight();
  } else if (event.target.closest("[data-send-test]")) $("send-test-address").focus();
});

showStatus("Live");
load(`/api/sending${options.has("schedule") ? `?schedule=${encodeURIComponent(options.get("schedule"))}` : ""}`, showForm);
