/* Requests the issue each time a file changes, then the list of issues if it has changed, and the checks. */

import { $ } from "./dom.js";
import { currentTime, showError, showStatus } from "./messages.js";
import { coalesce, request } from "./server.js";
import { publish, state } from "./state.js";

const CHECK_DELAY = 800; // milliseconds without a change: checks take longer than rendering

let changes = null; // the stream of change events
let failed = false; // whether the last request for the issue failed
let checkTimer = 0; // the timer of the next checks

export const refresh = coalesce(async () => {
  if (!state.slug) return publish("no-issue", await requestList());
  const options = new FormData($("display"));
  const requested = state.slug;
  const { status, body } = await request(`/api/issues/${encodeURIComponent(requested)}?scheme=${options.get("scheme")}&images=${options.has("images") ? "on" : "off"}`);
  if (requested !== state.slug) return;
  if (status !== 200) {
    failed = true;
    showError(body);
    if (status) publish("no-issue", await requestList());
    return;
  }
  const first = state.issue?.slug !== body.slug, changed = state.issue?.version !== body.version;
  state.issue = body;
  publish("issue");
  showStatus(first ? "Live" : changed ? `Updated at ${currentTime()}` : $("status").textContent);
  if (first || failed) showError(null);
  failed = false;
  if (body.list !== state.list?.list) refreshList();
  clearTimeout(checkTimer);
  checkTimer = setTimeout(recheck, first ? 0 : CHECK_DELAY);
});

/* The list of issues may be long: the issue is shown without waiting for it. */
const refreshList = coalesce(async () => {
  await requestList();
  if (state.issue && state.list) publish("list");
});

async function requestList() {
  const { status, body } = await request("/api/issues");
  state.list = status === 200 ? body : null;
  return body;
}

const recheck = coalesce(async () => {
  const requested = state.slug;
  const { status, body } = await request(`/api/issues/${encodeURIComponent(requested)}/checks`);
  if (requested !== state.slug || !state.issue || !status) return;
  state.problems = status === 200 ? body : [];
  state.checkError = status === 200 ? null : body;
  publish("checks");
});

/* Wait for changes only while the page is visible: a browser opens at most six connections to a server. */
export function followChanges() {
  changes?.close();
  if (document.hidden) return;
  changes = new EventSource("/api/changes");
  changes.onmessage = refresh;
  changes.onerror = () => showStatus("The dashboard has stopped. Reconnecting …", true);
  changes.onopen = () => $("status").classList.contains("disconnected") && showStatus("Live");
}
