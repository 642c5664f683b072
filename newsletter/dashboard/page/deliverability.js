/* The checks of `newsletter doctor` in groups, the DNS records to publish, and the suppression list. */

import { listOfResults } from "./diagnoses.js";
import { $, make, show, withCode } from "./dom.js";
import { number, plural } from "./format.js";
import { showStatus } from "./messages.js";
import { request } from "./server.js";
import { load, showViewError } from "./view.js";

const PATH = "/api/deliverability";
const WORDS = { good: "good", note: "note", warning: "warning", error: "error" };
let checked = []; // the states of the results of the checks
let warned = []; // the severities of what the reports on the last campaigns warn of

function buildPage() {
  show($("content"),
    make("p", { id: "check-sum", class: "list-counts", role: "status" }),
    make("p", { class: "actions" },
      make("button", { type: "button", class: "main", id: "check-dns" }, "Look up the records in DNS"),
      make("button", { type: "button", id: "check-servers" }, "Connect to the servers"),
      make("button", { type: "button", id: "check-again" }, "Check the settings again")),
    make("p", { class: "note" }, "This page contacts no other machine until you choose one of the first two buttons. The first asks your DNS resolver. The second connects to your mail servers and public pages; nothing is sent."),
    make("div", { id: "campaigns" }),
    make("div", { id: "groups" }),
    make("div", { id: "suppressions" }),
    make("div", { id: "records" }));
  $("check-dns").onclick = () => run($("check-dns"), "Asking DNS …", { dns: true });
  $("check-servers").onclick = () => run($("check-servers"), "Connecting …", { connect: true });
  $("check-again").onclick = () => run($("check-again"), "Checking …", {});
}

/* Run the checks, with what a button allows. */
async function run(button, words, options) {
  const buttons = [$("check-dns"), $("check-servers"), $("check-again")];
  for (const each of buttons) each.disabled = true;
  showStatus(words);
  const { status, body } = await request(PATH, options);
  for (const each of buttons) each.disabled = false;
  button.focus();
  showViewError(status === 200 ? null : body);
  showStatus(status === 200 ? "Checked" : "Not available", status !== 200);
  if (status === 200) showChecks(body);
}

/* Count the errors and warnings of the checks, and of the last campaigns once they are read. */
function showSum() {
  const count = state => [...checked, ...warned].filter(each => each === state).length;
  const [errors, warnings] = [count("error"), count("warning")];
  $("check-sum").textContent = errors || warnings ? `${[errors && plural(errors, "error"), warnings && plural(warnings, "warning")].filter(Boolean).join(", ")}.` : "No errors and no warnings.";
}

function showChecks({ groups, records }) {
  if (!$("groups")) buildPage();
  checked = groups.flatMap(group => group.results).map(result => result.state);
  showSum();
  show($("groups"), groups.map(({ title, results }, at) => make("section", { class: "check-group", "aria-labelledby": `group-${at}` },
    make("h2", { id: `group-${at}` }, title), listOfResults(results, WORDS))));
  show($("records"), records.length ? make("section", { class: "check-group", "aria-labelledby": "records-title" }, make("h2", { id: "records-title" }, "DNS records to publish"),
    make("dl", { class: "records" }, records.map(({ kind, name, value, why }) => [make("dt", {}, make("b", {}, kind), ` for ${name}`),
      make("dd", {}, make("pre", { tabindex: "0", role: "group", "aria-label": `${kind} record` }, value), make("p", { class: "note" }, withCode(why)))]))) : null);
}

async function showSuppressions() {
  const { status, body } = await request(`${PATH}/suppressions`);
  if (status !== 200) return; // the checks of the database say why
  const total = Object.values(body).reduce((sum, count) => sum + count, 0);
  show($("suppressions"), make("section", { class: "check-group", "aria-labelledby": "suppressions-title" }, make("h2", { id: "suppressions-title" }, "Suppression list"),
    make("p", {}, total ? `${plural(total, "address is", "addresses are")} never mailed: ${Object.entries(body).map(([reason, count]) => `${number(count)} ${reason}`).join(", ")}.` : "No address is suppressed."),
    make("p", { class: "note" }, "Addresses that bounced, complained or were erased are suppressed. They are stored as keyed hashes.")));
}

/* Show what the reports on the last campaigns warn of. */
async function showCampaigns() {
  const { status, body } = await request(`${PATH}/campaigns`);
  if (status !== 200 || !body.length) return;
  warned = body.flatMap(each => each.warnings.map(warning => warning.severity));
  showSum();
  const about = ({ id, issue }) => make("a", { href: `/campaigns/${id}` }, `${issue}, campaign ${id}`);
  show($("campaigns"), make("section", { class: "check-group", "aria-labelledby": "campaigns-title" }, make("h2", { id: "campaigns-title" }, "The last campaigns"),
    warned.length ? make("ul", { class: "diagnoses" }, body.flatMap(each => each.warnings.map(({ severity, message, advice }) => make("li", { class: severity },
      make("span", { class: "state" }, severity), make("div", {}, make("p", {}, about(each), " ", withCode(message)), make("p", { class: "note" }, withCode(advice)))))))
      : make("p", {}, "Neither complaints nor the failures of a domain stand out: ", body.map((each, at) => [at ? "; " : "", about(each)]), ".")));
}

if (await load(PATH, showChecks)) {
  showSuppressions();
  showCampaigns();
}
