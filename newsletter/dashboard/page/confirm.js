/* A dialog that asks before something cannot be undone. */

import { make } from "./dom.js";

/* Ask a question. Returns whether the author chose `yes`. */
export function confirm(title, words, yes, no) {
  const dialog = make("dialog", { "aria-labelledby": "confirm-title" }, make("form", { method: "dialog" },
    make("h2", { id: "confirm-title" }, title), make("p", {}, words),
    make("p", { class: "buttons" }, make("button", { value: "yes", class: "danger" }, yes), make("button", { value: "", autofocus: true }, no))));
  document.body.append(dialog);
  return new Promise(answered => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      answered(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}
