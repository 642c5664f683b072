/* The form that is open: of an entry, a new entry, a highlight, or the issue. There is one at a time.

   `state.editing` is its place, with the version of the file and the values that it shows. */

import { toggleEntries } from "./display.js";
import { $, make } from "./dom.js";
import { sendEdit } from "./edits.js";
import { ENTRY_FIELDS, fieldOf, HIGHLIGHT_FIELDS, ISSUE_FIELDS } from "./fields.js";
import { showError, showStatus } from "./messages.js";
import { entryAt, entryCount, partOf, positions, rowOf, selectEntry, titleText } from "./positions.js";
import { publish, state } from "./state.js";

/* Each kind of form: its fields, the values in the file (undefined if its place is gone), its name in messages, the path of
   its problems, and the edit that saves changed values. */
const KINDS = {
  entry: {
    fields: ENTRY_FIELDS,
    values: place => entryAt(place) && { ...entryAt(place).fields, section: place.section },
    name: place => `“${titleText(place.was.title)}”`,
    path: place => `sections.${place.section}[${place.index}].`,
    edit: ({ section: to, ...fields }, place) => ({ kind: "write", entry: { section: place.section, index: place.index }, fields, section: to ?? null }),
  },
  new: {
    fields: ENTRY_FIELDS,
    values: place => partOf(place.section) && { section: place.section },
    name: () => "The new entry",
    path: () => null,
    edit: ({ section, ...fields }, place) => ({ kind: "create", section: section ?? place.section, fields }),
  },
  highlight: {
    fields: HIGHLIGHT_FIELDS,
    values: place => place.index <= (partOf(place.section)?.highlights.length ?? -1) ? { text: partOf(place.section).highlights[place.index] ?? "" } : undefined,
    name: () => "The highlight",
    path: place => `highlights.${place.section}[${place.index}]`,
    edit: ({ text }, place) => ({ kind: "write-highlight", section: place.section, index: place.index, text }),
  },
  issue: {
    fields: ISSUE_FIELDS,
    values: () => state.issue.fields,
    name: () => "The issue",
    path: () => "",
    edit: fields => ({ kind: "write-issue", fields }),
  },
};

export const keyOf = place => [place.kind, place.section, place.index].filter(part => part !== undefined).join(" ");
export const isEditing = place => Boolean(state.editing) && keyOf(state.editing) === keyOf(place);
const openForm = () => document.querySelector(".fields");
const openerOf = place => document.querySelector(`[data-form="${keyOf(place)}"]`);

/* Return the form of a place if it is open, else null. */
export function formOf(place, ...buttons) {
  if (!isEditing(place)) return null;
  const kind = KINDS[place.kind], was = state.editing.was;
  const fields = kind.fields.map(field => ({ field, control: fieldOf(field, was[field.name] ?? "", problemOf(kind.path(place), field.name)) }));
  const more = fields.filter(({ field }) => field.more).map(({ control }) => control);
  return make("form", { class: "fields", "data-keep": `${keyOf(place)} ${state.editing.version}`, novalidate: true, "aria-label": kind.name(state.editing) },
    fields.filter(({ field }) => !field.more).map(({ control }) => control),
    more.length ? make("details", { class: "more" }, make("summary", {}, "More fields"), more) : null,
    make("div", { class: "buttons" }, make("button", { class: "main" }, "Save"), make("button", { type: "button", class: "cancel" }, "Cancel"), buttons));
}

/* Return the message about a field that must be fixed, or "". */
function problemOf(path, name) {
  if (path === null) return "";
  const exact = path.endsWith("]") ? path : path + name;
  return state.issue.error?.problems.find(problem => problem.path === exact)?.message ?? "";
}

export function edit(place) {
  if (warnIfUnsaved()) return;
  const was = KINDS[place.kind].values(place);
  if (!was) return;
  toggleEntries(true);
  state.editing = { ...place, version: state.issue.version, was };
  if (place.kind === "entry") selectEntry(place);
  else publish("selection");
  const form = openForm();
  const shown = form.closest(".entry, .highlight") ?? form;
  shown.scrollIntoView({ block: shown.clientHeight > $("entries").clientHeight ? "start" : "nearest" });
  form.querySelector("input, textarea").focus({ preventScroll: true });
}

export const editEntry = at => at && edit({ kind: "entry", section: at.section, index: at.index });

export function closeForm() {
  const place = state.editing;
  showError(null);
  state.editing = null;
  publish("selection");
  openerOf(place)?.focus();
}

const changedValues = form => Object.fromEntries([...form.querySelectorAll("[name]")].map(field => [field.name, field.value]).filter(([name, value]) => value !== (state.editing.was[name] ?? "")));

function hasUnsavedChanges() {
  const form = openForm();
  return Boolean(form && state.editing && Object.keys(changedValues(form)).length);
}

/* Return whether there are unsaved changes, which the next action would discard. If so, show a message. */
export function warnIfUnsaved() {
  if (!hasUnsavedChanges()) return false;
  showError({ message: `${KINDS[state.editing.kind].name(state.editing)} has unsaved changes`, advice: "Save them, or discard them with `Esc`." });
  openForm().querySelector("input, textarea").focus();
  return true;
}

export async function saveForm(form) {
  const values = changedValues(form), place = state.editing, changed = Object.keys(values).length;
  if (!changed) return closeForm();
  if (isUnreadable()) return showError({ message: "The file is empty or cannot be read at the moment", advice: "Nothing was saved. Save again when the file can be read." });
  const done = await sendEdit(KINDS[place.kind].edit(values, place), place.version);
  if (!done) return;
  // The positions of entries may have changed with the file.
  const at = { ...place, ...done.merged }, to = placeAfterSave(at, values);
  showStatus(savedWords(done));
  const saved = { ...place.was, ...values };
  const typed = openForm() === form ? [...form.querySelectorAll("[name]")].filter(field => field.value !== (saved[field.name] ?? "")) : [];
  const next = to ? { kind: "entry", ...to } : at;
  // If the place is gone meanwhile, the form stays as it is.
  if (typed.length) return KINDS[next.kind].values(next) && !isUnreadable() ? continueTyping(next, typed) : undefined;
  state.editing = null;
  if (to) selectEntry(to);
  else publish("selection");
  (to ? rowOf(to)?.querySelector(".edit") : openerOf(place))?.focus();
}

/* Open the form of what was just saved, with the fields that were changed while it was saved, and the cursor. */
function continueTyping({ kind, section, index }, typed) {
  const { name, selectionStart, selectionEnd } = document.activeElement, values = typed.map(field => [field.name, field.value]);
  state.editing = null;
  edit({ kind, section, index });
  const fieldNamed = wanted => openForm()?.querySelector(`[name="${wanted}"]`);
  for (const [changed, value] of values) if (fieldNamed(changed)) fieldNamed(changed).value = value;
  fieldNamed(name)?.focus();
  if (Number.isInteger(selectionStart)) fieldNamed(name)?.setSelectionRange(selectionStart, selectionEnd);
}

export const savedWords = done => "merged" in done ? "Saved, with what changed in the file meanwhile" : "Saved";

/* Return where the entry of a form is once the form is saved, or null if it is not that of an entry. */
function placeAfterSave(place, { section }) {
  if (place.kind === "entry" && !section) return { section: place.section, index: place.index };
  if (place.kind !== "entry" && place.kind !== "new") return null;
  return { section: section ?? place.section, index: entryCount(section ?? place.section) - 1 };
}

/* Return whether the file was emptied while the form is open: a program that saves a file in place empties it first. */
const isEmptied = () => !state.issue.text.trim() && state.issue.version !== state.editing.version;
const isPlaceGone = () => !KINDS[state.editing.kind].values(state.editing);

/* Return whether the page has no entries, since the file cannot be read at the moment. */
const isUnreadable = () => isEmptied() || isPlaceGone() && Boolean(state.issue.error) && !positions().length;

/* Return whether a form is open whose place is not in the file, or whose file cannot be read. */
export const isWithoutPlace = () => Boolean(openForm() && state.editing) && (isEmptied() || isPlaceGone());

/* Draw the entries, and keep the form that is open with its text and focus. While its place is gone, it stays in the
   entries as they were, with a message. */
export function drawAroundForm(draw) {
  const form = openForm(), focused = document.activeElement, unsaved = hasUnsavedChanges();
  form?.querySelector(".without-place")?.remove();
  if (isWithoutPlace()) return showWithoutPlace(form);
  draw();
  const fresh = openForm();
  if (!unsaved || form.isConnected || fresh?.dataset.keep !== form.dataset.keep) return;
  fresh.replaceWith(form);
  if (form.contains(focused)) focused.focus({ preventScroll: true });
}

function showWithoutPlace(form) {
  const name = state.editing.kind === "new" ? "The section of the new entry" : KINDS[state.editing.kind].name(state.editing);
  const words = isUnreadable() ? "The file is empty or cannot be read at the moment. Your text is kept here. Save it when the file can be read again."
    : `${name} is no longer in the file. Your text is kept here. Save it when the file has its place again, or discard it with Esc.`;
  // The buttons stay visible while the form is scrolled.
  form.querySelector(".buttons").prepend(make("p", { class: "field-problem without-place", role: "alert" }, words));
}

/* Show the file's new values in a form without unsaved changes. If its place is gone, it closes; a file that cannot be read
   may be readable in a moment. */
export function followFile() {
  if (!state.editing || hasUnsavedChanges() || isUnreadable()) return;
  const was = KINDS[state.editing.kind].values(state.editing);
  state.editing = was ? { ...state.editing, version: state.issue.version, was } : null;
}

addEventListener("beforeunload", event => warnIfUnsaved() && event.preventDefault());
