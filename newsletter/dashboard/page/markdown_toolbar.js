/* Buttons that format the selected text of a field in Markdown. */

import { make } from "./dom.js";

const SCHEME = "https://";

/* Each button: its name, what it shows, and what is written around the selection, or before each of its lines. */
const FORMATS = [
  { name: "Bold", mark: "B", around: ["**", "**"] },
  { name: "Italic", mark: "I", around: ["*", "*"] },
  { name: "Link", mark: "🔗", around: ["[", `](${SCHEME})`], select: SCHEME },
  { name: "Link to an entry", mark: "@", around: ["[", "](@)"], caret: -1 },
  { name: "Code", mark: "<>", around: ["`", "`"] },
  { name: "Quote", mark: "❝", before: "> " },
  { name: "List", mark: "•", before: "- " },
];

export const markdownToolbar = (field, name) => make("div", { class: "format", role: "group", "aria-label": `Format of the ${name}` },
  FORMATS.map(({ name, mark }, at) => make("button", { type: "button", "data-format": at, "data-for": field, "aria-label": name, title: name }, mark)));

/* Replace the selected text of a field. The browser's own undo (Ctrl+Z) can undo it. */
export function insertText(field, text) {
  field.focus();
  // The only way to insert text that the browser can undo.
  if (!document.execCommand("insertText", false, text)) field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
}

function format(field, { around, before, select, caret }) {
  const { selectionStart: start, selectionEnd: end, value } = field, chosen = value.slice(start, end);
  if (before) {
    const lineStart = value.lastIndexOf("\n", start - 1) + 1;
    field.setSelectionRange(lineStart, end);
    return insertText(field, value.slice(lineStart, end).replace(/^/gm, before));
  }
  const [open, close] = around;
  insertText(field, open + chosen + close);
  const after = start + open.length + chosen.length;
  if (select && chosen) field.setSelectionRange(after + close.indexOf(select), after + close.indexOf(select) + select.length);
  else if (caret && chosen) field.setSelectionRange(after + close.length + caret, after + close.length + caret);
  else field.setSelectionRange(start + open.length, after);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", event => {
  const button = event.target.closest("[data-format]");
  if (button) format(document.getElementById(button.dataset.for), FORMATS[button.dataset.format]);
});
