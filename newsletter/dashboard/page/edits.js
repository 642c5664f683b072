/* Edits of the issue's file. */

import { make } from "./dom.js";
import { showConflict } from "./conflict.js";
import { showError, showStatus } from "./messages.js";
import { request } from "./server.js";
import { state } from "./state.js";
import { refresh } from "./updates.js";

/* How a link can be added nevertheless, by the status of the response. */
const ADD_BUTTONS = { 423: ["again", "Add it again"], 424: ["unread", "Add only the link"] };

/* Edits run one after another, since each starts from the result of the previous one. */
let queue = Promise.resolve();
export const enqueue = job => queue = queue.then(job, job);

/* Send an edit. Returns the body of the response, or false if the edit failed. */
export async function sendEdit(edit, version = state.issue.version) {
  const { status, body } = await request(`/api/issues/${encodeURIComponent(state.slug)}/edits`, { version, edit });
  const done = status === 200 || status === 204;
  showError(done || status === 409 ? null : body, ADD_BUTTONS[status] ? make("button", { type: "button", "data-add": ADD_BUTTONS[status][0] }, ADD_BUTTONS[status][1]) : []);
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
