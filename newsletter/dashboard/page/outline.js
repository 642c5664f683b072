/* The entries panel: the issue, and the sections with their highlights and entries. */

import { $, make, show } from "./dom.js";
import { enqueue, sendEdit, undo } from "./edits.js";
import { closeForm, drawAroundForm, edit, editEntry, followFile, formOf, isEditing, keyOf, saveForm, warnIfUnsaved } from "./forms.js";
import { showStatus } from "./messages.js";
import { entryAt, partOf, positionOf, positions, rowOf, same, selectEntry, titleText } from "./positions.js";
import { state, subscribe } from "./state.js";

const ISSUE = { kind: "issue" };

/* Return a button that opens the form of a place, or closes it. */
const editButton = (place, label, text = "Edit") =>
  make("button", { type: "button", class: "edit", "data-form": keyOf(place), "aria-label": label, "aria-expanded": `${isEditing(place)}` }, text);

const showOutline = () => state.issue && drawAroundForm(drawOutline);

function drawOutline() {
  const names = [["", "Automatic section"], ...state.issue.outline.map(part => [part.section, part.label])].map(([value, label]) => make("option", { value }, label));
  if ($("section").options.length !== names.length || [...$("section").options].some((option, at) => option.text !== names[at].text)) $("section").replaceChildren(...names);
  const { title, date } = state.issue.fields;
  show($("issue-fields"), make("div", { class: "issue-line" }, make("p", {}, make("b", {}, title || "No title yet"), make("small", {}, date || "No date yet")), editButton(ISSUE, "Edit the issue’s title, date and subject")),
    formOf(ISSUE) ?? []);
  const next = state.issue.empty ? make("p", { class: "note next" }, "Paste a link above to add the first entry. Its title and image are filled in; the comment is yours.") : [];
  const shown = state.issue.outline.filter(part => part.entries.length);
  show($("outline"), next, state.issue.outline.map(part => showSection(part, shown.indexOf(part) + 1)));
}

/* Show a section with the number that readers see; one without entries, which they do not see, has none. */
function showSection(part, number) {
  const { section, label, entries, highlights } = part, added = { kind: "new", section }, highlight = { kind: "highlight", section, index: highlights.length };
  return make("section", { class: "section", "data-section": section },
    make("h3", {}, number ? make("b", {}, `${number}`) : null, label),
    highlights.length || isEditing(highlight) ? make("ul", { class: "highlights", "aria-label": `Highlights of ${label}` },
      highlights.map((text, index) => showHighlight({ kind: "highlight", section, index }, text)), isEditing(highlight) ? make("li", {}, formOf(highlight)) : []) : [],
    entries.length ? make("ol", {}, entries.map((entry, index) => showEntry(section, entry, index))) : make("p", { class: "none" }, "No entries"),
    formOf(added) ?? [],
    make("p", { class: "section-buttons" }, editButton(added, `New entry in ${label}`, "+ Entry"), editButton(highlight, `New highlight in ${label}`, "+ Highlight")));
}

function showHighlight(place, text) {
  return make("li", { class: "highlight" }, make("p", {}, text), editButton(place, `Edit the highlight “${text.slice(0, 40)}”`), formOf(place) ?? []);
}

function showEntry(section, entry, index) {
  const at = { section, index }, place = { kind: "entry", section, index }, title = titleText(entry.title);
  return make("li", { class: `entry${same(state.selected, at) ? " selected" : ""}`, "data-section": section, "data-index": index },
    make("button", { type: "button", class: "handle", "aria-label": `Move “${title}”`, "aria-describedby": "handle-help", "aria-keyshortcuts": "ArrowUp ArrowDown" }),
    make("button", { type: "button", class: "select", "aria-pressed": `${Boolean(same(state.selected, at))}` }, make("b", {}, title), make("small", {}, entry.domain || entry.url)),
    editButton(place, `Edit “${title}”`),
    formOf(place, make("button", { type: "button", "data-edit": "duplicate" }, "Duplicate"), make("button", { type: "button", "data-edit": "delete" }, "Delete")) ?? []);
}

export function selectNext(by) {
  const all = positions(), at = all.findIndex(position => same(position, state.selected));
  const to = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  if (!to) return;
  selectEntry(to);
  rowOf(to).querySelector(".select").focus();
}

async function deleteEntry(at) {
  const title = titleText(entryAt(at).title);
  state.editing = null;
  const done = await sendEdit({ kind: "delete", entry: at });
  if (!done) return;
  at = done.merged ?? at;
  selectEntry(null, false);
  const left = partOf(at.section).entries.length;
  (left ? rowOf({ section: at.section, index: Math.min(at.index, left - 1) }).querySelector(".select") : $("undo")).focus();
  showStatus(`Deleted “${title}”. Undo with u`);
}

async function duplicateEntry(at) {
  if (warnIfUnsaved()) return;
  state.editing = null;
  const done = await sendEdit({ kind: "duplicate", entry: at });
  const { section, index } = done.merged ?? at;
  if (done) editEntry({ section, index: index + 1 });
}

function toggleForm(key) {
  const [kind, section, index] = key.split(" "), place = { kind, section, index: index && Number(index) };
  isEditing(place) ? closeForm() : edit(place);
}

subscribe("issue", () => {
  followFile();
  showOutline();
});
subscribe("no-issue", () => state.issue || [show($("issue-fields")), show($("outline"), make("p", { class: "note" }, "The entries of an issue appear here."))]);
subscribe("selection", showOutline);
for (const panel of [$("outline"), $("issue-fields")]) {
  panel.addEventListener("click", event => {
    const on = selector => event.target.closest(selector), at = positionOf(event.target);
    if (on(".select")) selectEntry(at);
    else if (on("[data-form]")) toggleForm(on("[data-form]").dataset.form);
    else if (on(".cancel")) closeForm();
    else if (on("[data-edit]")) enqueue(() => entryAt(at) && (on("[data-edit]").dataset.edit === "delete" ? deleteEntry(at) : duplicateEntry(at)));
  });
  panel.addEventListener("submit", event => {
    event.preventDefault();
    enqueue(() => saveForm(event.target));
  });
}
$("undo").onclick = () => enqueue(undo);
