/* The fields of an entry, which open below it in the entries panel. */

import { make } from "./dom.js";
import { toggleEntries } from "./display.js";
import { sendEdit } from "./edits.js";
import { showError, showStatus } from "./messages.js";
import { entryAt, rowOf, selectEntry, titleText } from "./positions.js";
import { publish, state } from "./state.js";

export function fieldsOf(entry, at) {
  const title = make("input", { name: "title", value: entry.title });
  const comment = make("textarea", { name: "comment", rows: 7 }, entry.comment);
  const alt = entry.image ? make("label", {}, "Alternative text of the image", make("input", { name: "image_alt", value: entry.image_alt })) : null;
  return make("form", { class: "fields", "data-keep": `${at.section} ${at.index} ${state.editing.version}` },
    make("label", {}, "Title", title), make("label", {}, "Comment (Markdown)", comment), alt,
    make("div", { class: "buttons" }, make("button", { class: "main" }, "Save"), make("button", { type: "button", class: "cancel" }, "Cancel")));
}

export function editEntry(at) {
  if (!at || !entryAt(at) || warnIfUnsaved()) return;
  toggleEntries(true);
  state.editing = { ...at, version: state.issue.version, was: entryAt(at) };
  selectEntry(at);
  rowOf(at).querySelector("[name=title]").focus();
}

export function closeFields() {
  const at = state.editing;
  showError(null);
  state.editing = null;
  publish("selection");
  rowOf(at)?.querySelector(".edit").focus();
}

const changedValues = form => Object.fromEntries([...form.querySelectorAll("[name]")].map(field => [field.name, field.value]).filter(([name, value]) => value !== state.editing.was[name]));

function hasUnsavedChanges() {
  const form = document.querySelector(".fields");
  return Boolean(form && state.editing && Object.keys(changedValues(form)).length);
}

/* Return whether there are unsaved changes, which the next action would discard. If so, show a message. */
export function warnIfUnsaved() {
  if (!hasUnsavedChanges()) return false;
  showError({ message: `“${titleText(state.editing.was.title)}” has unsaved changes`, advice: "Save them, or discard them with `Esc`." });
  document.querySelector(".fields [name=title]").focus();
  return true;
}

export async function saveFields(form) {
  const fields = changedValues(form), at = state.editing, changed = Object.keys(fields).length;
  if (changed && !await sendEdit({ kind: "write", entry: { section: at.section, index: at.index }, fields }, at.version)) return;
  if (changed) showStatus("Saved");
  closeFields();
}

/* Show the file's new values in fields without unsaved changes. If the entry is gone, they close. */
export function followFile() {
  if (!state.editing || hasUnsavedChanges()) return;
  const entry = entryAt(state.editing);
  state.editing = entry ? { ...state.editing, version: state.issue.version, was: entry } : null;
}

addEventListener("beforeunload", event => warnIfUnsaved() && event.preventDefault());
