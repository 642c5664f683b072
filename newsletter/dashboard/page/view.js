/* What the views beside the issues have in common: loading, errors and empty states. */

import { $, make, sentence, show, withCode } from "./dom.js";
import { showStatus } from "./messages.js";
import { request } from "./server.js";

/* Show an error above the content, with buttons, or remove it if it is null. */
export function showViewError(error, ...buttons) {
  show($("view-error"), error ? [make("p", {}, make("b", {}, withCode(`${sentence(error.message)}. `)), withCode(error.advice ?? "")), buttons] : []);
}

/* Request the content of the view and show it. An error has a button that tries again. */
export async function load(path, render) {
  const { status, body } = await request(path);
  if (status === 200) {
    showViewError(null);
    showStatus("Live");
    render(body);
  } else {
    showStatus("Not available", true);
    showViewError(body, make("button", { type: "button", "data-again": true }, "Try again"));
    $("view-error").querySelector("[data-again]").onclick = () => load(path, render);
  }
  return status === 200;
}

/* Return a message for a view without content: a title, and paragraphs on what to do next. */
export const emptyState = (title, ...paragraphs) => make("div", { class: "empty-state" },
  make("h2", {}, title), paragraphs.map(each => make("p", {}, typeof each === "string" ? withCode(each) : each)));
