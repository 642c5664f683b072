/* The dialog with the entries of the inbox, from which the author takes entries into the issue. */

import { showProblem } from "./dialogs.js";
import { $, make, show } from "./dom.js";
import { enqueue } from "./edits.js";
import { warnIfUnsaved } from "./forms.js";
import { showStatus } from "./messages.js";
import { titleText } from "./positions.js";
import { request } from "./server.js";
import { state, subscribe } from "./state.js";
import { refresh } from "./updates.js";

let inbox = null; // the last response about the inbox

async function load() {
  const { status, body } = await request("/api/inbox");
  show($("inbox-problem"));
  if (status !== 200) return showProblem($("inbox-problem"), body);
  inbox = body;
  const labels = Object.fromEntries(state.issue.outline.map(part => [part.section, part.label]));
  show($("inbox-entries"), inbox.entries.length ? make("ul", { class: "waiting" }, inbox.entries.map((entry, at) => make("li", {},
    make("p", {}, make("b", {}, titleText(entry.title)), make("small", {}, `${entry.domain} · ${labels[entry.section] ?? entry.section}`)),
    make("button", { type: "button", "data-take": at, "aria-label": `Take “${titleText(entry.title)}” into the issue` }, "Take"))))
    : make("p", { class: "note" }, "The inbox is empty."));
}

async function take(at) {
  const { section, index, title } = inbox.entries[at];
  const data = { inbox: inbox.version, section, index, to: section };
  const { status, body } = await request(`/api/issues/${encodeURIComponent(state.slug)}/inbox`, data);
  if (status !== 204) return showProblem($("inbox-problem"), body);
  showStatus(`Took “${titleText(title)}” into the issue. Undo with u`);
  await refresh();
  await load();
  ($("inbox-entries").querySelector("button") ?? $("inbox").querySelector("[data-close]")).focus();
}

$("inbox-open").onclick = async () => {
  if (warnIfUnsaved()) return;
  await load();
  $("inbox").showModal();
};
$("inbox-entries").addEventListener("click", event => {
  const button = event.target.closest("[data-take]");
  if (button) enqueue(() => take(Number(button.dataset.take)));
});
subscribe("issue", () => {
  $("inbox-open").hidden = !state.issue.inbox;
  $("inbox-open").textContent = `Inbox (${state.issue.inbox})`;
});
subscribe("no-issue", () => state.issue || ($("inbox-open").hidden = true));
