/* Messages for the author: the status in the top line, and errors above the views. */

import { $, make, sentence, show, withCode } from "./dom.js";

export function showStatus(text, disconnected = false) {
  $("status").classList.toggle("disconnected", disconnected);
  $("status").textContent = text;
}

/* Show an error above the views, with buttons, or remove it if it is null. */
export function showError(error, ...buttons) {
  show($("error"), error ? [make("b", {}, withCode(`${sentence(error.message)}. `)), withCode(error.advice), buttons] : []);
}

export const currentTime = () => new Date().toLocaleTimeString();
