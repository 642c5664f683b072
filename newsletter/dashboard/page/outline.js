/* The entries panel: the sections with their entries. */

import { $, make, show } from "./dom.js";
import { enqueue, undo } from "./edits.js";
import { closeFields, editEntry, fieldsOf, followFile, saveFields } from "./entry_form.js";
import { positionOf, positions, rowOf, same, selectEntry, titleText } from "./positions.js";
import { state, subscribe } from "./state.js";

function showOutline() {
  if (!state.issue) return;
  const names = [["", "Automatic section"], ...state.issue.outline.map(part => [part.section, part.label])].map(([value, label]) => make("option", { value }, label));
  if ($("section").options.length !== names.length || [...$("section").options].some((option, at) => option.text !== names[at].text)) $("section").replaceChildren(...names);
  const next = state.issue.empty ? make("p", { class: "note next" }, "Paste a link above to add the first entry. Its title and image are filled in; the comment is yours.") : [];
  show($("outline"), next, state.issue.outline.map((part, at) => make("section", { class: "section", "data-section": part.section },
    make("h3", {}, make("b", {}, `${at + 1}`), part.label),
    part.entries.length ? make("ol", {}, part.entries.map((entry, index) => showEntry(part.section, entry, index)))
      : make("p", { class: "none" }, "No entries"))));
}

function showEntry(section, entry, index) {
  const at = { section, index }, title = titleText(entry.title);
  const open = same(state.editing, at);
  return make("li", { class: `entry${same(state.selected, at) ? " selected" : ""}`, "data-section": section, "data-index": index },
    make("button", { type: "button", class: "handle", "aria-label": `Move “${title}”`, "aria-describedby": "handle-help", "aria-keyshortcuts": "ArrowUp ArrowDown" }),
    make("button", { type: "button", class: "select", "aria-pressed": `${Boolean(same(state.selected, at))}` }, make("b", {}, title), make("small", {}, entry.domain || entry.url)),
    make("button", { type: "button", class: "edit", "aria-label": `Edit “${title}”`, "aria-expanded": `${open}` }, "Edit"),
    open ? fieldsOf(entry, at) : null);
}

export function selectNext(by) {
  const all = positions(), at = all.findIndex(position => same(position, state.selected));
  const to = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  if (!to) return;
  selectEntry(to);
  rowOf(to).querySelector(".select").focus();
}

subscribe("issue", () => {
  followFile();
  showOutline();
});
subscribe("no-issue", () => state.issue || show($("outline"), make("p", { class: "note" }, "The entries of an issue appear here.")));
subscribe("selection", showOutline);
$("outline").addEventListener("click", event => {
  const on = selector => event.target.closest(selector);
  let found;
  if ((found = on(".select"))) selectEntry(positionOf(found));
  else if ((found = on(".edit"))) same(state.editing, positionOf(found)) ? closeFields() : editEntry(positionOf(found));
  else if (on(".cancel")) closeFields();
});
$("outline").addEventListener("submit", event => {
  event.preventDefault();
  enqueue(() => saveFields(event.target));
});
$("undo").onclick = () => enqueue(undo);
