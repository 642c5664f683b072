/* What the dialogs have in common. */

import { make, sentence, show, withCode } from "./dom.js";

export const showProblem = (element, { message, advice }) => show(element, make("b", {}, withCode(`${sentence(message)}. `)), withCode(advice ?? ""));

// Before what else the button does: closing moves the focus back to the button that opened the dialog.
document.addEventListener("click", event => event.target.closest("[data-close]")?.closest("dialog").close(), true);
