/* The dialog that starts a new issue. */

import { $, show } from "./dom.js";
import { showStatus } from "./messages.js";
import { openIssue } from "./navigation.js";
import { showProblem } from "./dialogs.js";
import { request } from "./server.js";
import { refresh } from "./updates.js";

export async function openNewIssue() {
  const { status, body } = await request("/api/new-issue"), form = $("new-issue-form").elements;
  show($("new-issue-problem"));
  if (status !== 200) showProblem($("new-issue-problem"), body);
  for (const name of ["title", "date", "slug"]) form[name].value = body[name] ?? "";
  form.from_inbox.checked = false;
  $("new-issue-inbox").hidden = !body.inbox;
  $("new-issue-inbox-count").textContent = body.inbox === 1 ? "Take the entry of the inbox" : `Take all ${body.inbox} entries of the inbox`;
  $("new-issue").showModal();
  form.title.select();
}

async function start() {
  const form = $("new-issue-form").elements;
  const data = { title: form.title.value, date: form.date.value, slug: form.slug.value.trim(), from_inbox: form.from_inbox.checked };
  const { status, body } = await request("/api/issues", data);
  if (status !== 200) return showProblem($("new-issue-problem"), body);
  $("new-issue").close();
  showStatus("Started the issue");
  openIssue(body.slug);
  await refresh();
  $("url").focus();
}

document.addEventListener("click", event => event.target.closest("[data-new-issue]") && openNewIssue());
$("new-issue-form").addEventListener("submit", event => {
  event.preventDefault();
  start();
});
