/* The dialog that runs the preflight of the issue and sends a test. */

import { listOfResults } from "./diagnoses.js";
import { showProblem } from "./dialogs.js";
import { $, make, show } from "./dom.js";
import { warnIfUnsaved } from "./forms.js";
import { request } from "./server.js";
import { state } from "./state.js";

const pathOf = name => `/api/issues/${encodeURIComponent(state.slug)}/${name}`;

/* Disable a button and say what is done, while it takes. */
async function whileBusy(button, words, job) {
  $("preflight-status").textContent = words;
  button.disabled = true;
  try {
    return await job();
  } finally {
    button.disabled = false;
    $("preflight-status").textContent = "";
    button.focus();
  }
}

async function runPreflight() {
  show($("preflight-results"));
  const { status, body } = await whileBusy($("preflight-run"), "Checking …", () => request(pathOf("preflight"), { offline: !$("preflight-online").checked }));
  if (status !== 200) return showProblem($("preflight-results"), body);
  const count = state => body.filter(result => result.state === state).length;
  const [errors, warnings] = [count("error"), count("warning")];
  const found = [errors && (errors === 1 ? "1 error" : `${errors} errors`), warnings && (warnings === 1 ? "1 warning" : `${warnings} warnings`)].filter(Boolean).join(", ");
  show($("preflight-results"), make("p", { class: "preflight-sum" }, make("b", {}, found ? `${found}.` : "Everything passed.")),
    listOfResults(body));
}

async function sendTest() {
  const address = $("test-address").value.trim();
  show($("test-result"));
  const { status, body } = await whileBusy($("test-send"), "Sending …", () => request(pathOf("tests"), { address }));
  $("test-result").classList.toggle("failed", status !== 200 || !body.sent);
  showProblem($("test-result"), body);
  if (status === 200 && body.sent) localStorage.setItem("test-address", address);
}

/* List the schedules that still wait, or that need the author. */
async function showSchedules() {
  show($("schedules"));
  const { status, body } = await request("/api/schedules");
  const open = status === 200 ? body.filter(each => ["waiting", "overdue", "paused"].includes(each.state)) : [];
  if (open.length) show($("schedules"), make("b", {}, "Scheduled"), make("ul", {}, open.map(each =>
    make("li", {}, `${each.issue}: ${each.at} ${each.zone}, ${each.state}${each.reason && `: ${each.reason}`}`))));
}

$("preflight-open").onclick = () => {
  if (warnIfUnsaved()) return;
  show($("preflight-results"));
  show($("test-result"));
  $("test-address").value = localStorage.getItem("test-address") ?? "";
  $("preflight").showModal();
  showSchedules();
};
$("preflight-run").onclick = runPreflight;
$("test-form").addEventListener("submit", event => {
  event.preventDefault();
  sendTest();
});
