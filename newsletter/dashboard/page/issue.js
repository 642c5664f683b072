/* Shows the issue: its name, the list of issues, and its outputs. */

import { $, make, show } from "./dom.js";
import { fillFrame, frames, storyPage } from "./frames.js";
import { showInbox, showSize } from "./inbox.js";
import { showStatus } from "./messages.js";
import { openIssue } from "./navigation.js";
import { state, subscribe } from "./state.js";

function showIssue() {
  $("publication").textContent = state.issue.publication;
  showTitle();
  document.title = `${state.issue.slug} · ${state.issue.publication}`;
  showInList();
  $("add").hidden = $("undo").hidden = $("issue-fields").hidden = $("preflight-open").hidden = $("send-open").hidden = $("switch").hidden = false;
  $("send-open").href = `/campaigns/new?issue=${encodeURIComponent(state.slug)}`;
  const outputs = state.issue.outputs;
  $("copy-story").disabled = $("copy-markdown").disabled = !outputs || Boolean(state.issue.error) || state.issue.empty;
  if (outputs) {
    fillFrame($("email-frame"), outputs.framed_email);
    fillFrame($("story-frame"), storyPage(outputs.framed_story));
    fillFrame($("page-frame"), outputs.page);
    if ($("text-part").textContent !== outputs.text) $("text-part").textContent = outputs.text;
    $("size").parentElement.hidden = false;
    showSize(outputs);
    showInbox(outputs);
  } else {
    showPlaceholder("This issue cannot be shown", "Fix what is named above in your editor.");
  }
}

function showTitle() {
  const listed = state.list?.issues.find(each => each.slug === state.issue.slug);
  $("title").textContent = state.issue.outputs?.subject ?? listed?.title ?? state.issue.slug;
}

/* Show the list of issues. With a thousand options, only those that differ are changed. */
function showIssueList(issues) {
  const list = $("issue"), options = [...list.options];
  for (const [at, { slug, title, status }] of issues.entries()) {
    const option = options[at] ?? list.appendChild(make("option"));
    const text = title ? `${title}${status === "draft" ? " (draft)" : ""}` : `${slug} (cannot be read)`;
    if (option.value !== slug) option.value = slug;
    if (option.textContent !== text) option.textContent = text;
  }
  options.slice(issues.length).forEach(option => option.remove());
  showInList();
}

/* Select the issue in the list. */
function showInList() {
  const list = $("issue"), issues = state.list?.issues ?? [];
  const at = issues.findIndex(each => each.slug === state.slug);
  if (list.selectedIndex !== at) list.selectedIndex = at;
  $("older").disabled = at < 0 || at === issues.length - 1;
  $("newer").disabled = at <= 0;
}

/* Show that there is no issue, or that its file does not exist. Open fields stay: the file may be back in a moment. */
function showNoIssue(list) {
  if (list.issues?.length && !state.slug) return openIssue(list.issues[0].slug);
  $("publication").textContent = list.publication ?? "";
  showIssueList(list.issues ?? []);
  showStatus(state.slug ? "Live" : "Waiting for an issue");
  if (state.slug) showPlaceholder("This issue does not exist", "Choose another issue above.");
  else showPlaceholder("No issues yet", "Choose <b>New issue</b> above to start the first one.");
  $("switch").hidden = !list.issues?.length;
  if (state.issue?.slug === state.slug) return;
  state.issue = state.selected = state.editing = null;
  $("title").textContent = document.title = "Dashboard";
  $("add").hidden = $("undo").hidden = $("issue-fields").hidden = $("preflight-open").hidden = $("send-open").hidden = true;
  $("count").textContent = "";
  for (const each of ["issue-error", "panel-checks", "source-lines"]) show($(each));
}

/* Show a title and some words (HTML) instead of an issue. */
function showPlaceholder(title, words) {
  // The frames are light, since most outputs are; this page follows the colours around it.
  const [text, strong, background] = matchMedia("(prefers-color-scheme: dark)").matches ? ["#a5acb4", "#e7e4df", "#191c1f"] : ["#5c636b", "#1f2328", "#fff"];
  const page = `<html lang="en"><head><title>${title}</title><style>
body { font: 16px/1.6 -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; display: grid; place-items: center; min-height: 80vh; margin: 0; text-align: center; color: ${text}; background: ${background}; padding: 20px }
h1 { font: bold 26px/1.3 Georgia, serif; color: ${strong}; margin: 0 } code, b { color: ${strong} } p { max-width: 420px; margin: 8px auto }
</style></head><body><div><h1>${title}</h1><p>${words}</p></div></body></html>`;
  for (const frame of frames) fillFrame(frame, page);
  $("text-part").textContent = title;
  show($("panel-inbox"), make("p", { class: "note" }, title));
  $("size").parentElement.hidden = true;
}

subscribe("issue", showIssue);
subscribe("list", () => (showIssueList(state.list.issues), showTitle()));
subscribe("no-issue", showNoIssue);
