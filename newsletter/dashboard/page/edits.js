/* Edits of the issue's file. */

import { make } from "./dom.js";
import { showConflict } from "./conflict.js";
import { showError, showStatus } from "./messages.js";
import { request } from "./server.js";
import { state } from "./state.js";
import { refresh } from "./updates.js";

/* Edits run one after another, since each starts from the result of the previous one. */
let queue = Promise.resolve();
export const enqueue = job => queue = queue.then(job, job);

/* Send an edit. Returns the body of the response, or false if the edit failed. */
export async function sendEdit(edit, version = state.issue.version) {
  const { status, body } = await request(`/api/issues/${encodeURIComponent(state.slug)}/edits`, { version, edit });
  const done = status === 200 || status === 204;
  showError(done || status === 409 ? null : body, status === 424 ? make("button", { type: "button", id: "add-unread" }, "Add only the link") : []);
  if (status === 409) showConflict(body, () => saveMine(body));
  await refresh();
  return done && body;
}

async function saveMine(conflict) {
  if (await sendEdit({ kind: "replace", text: conflict.mine }, conflict.version)) showStatus("Your version was saved");
}

export async function undo() {
  if (await sendEdit({ kind: "undo" })) showStatus("Undone");
}
