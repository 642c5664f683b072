/* Asks the author to confirm an action that cannot be undone. */

import { make } from "./dom.js";
import { showProblem } from "./dialogs.js";

/* Open a dialog. `job` is called if the author confirms; the dialog closes if it returns null, or shows the error. */
export function confirmAction(title, text, words, job) {
  const problem = make("p", { class: "problem", role: "alert" });
  const button = make("button", { class: "main" }, words);
  const form = make("form", { class: "dialog-form" }, make("h2", { id: "confirm-title" }, title), make("p", {}, text), problem,
    make("p", { class: "buttons" }, button, make("button", { type: "button", "data-close": true }, "Cancel")));
  const dialog = make("dialog", { "aria-labelledby": "confirm-title" }, form);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async event => {
    event.preventDefault();
    button.disabled = true;
    const error = await job();
    button.disabled = false;
    if (error) showProblem(problem, error);
    else dialog.close();
  });
  dialog.showModal();
}
