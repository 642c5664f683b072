/* Shortcuts, and links that are pasted anywhere on the page. */

import { addLink } from "./add_link.js";
import { nextScheme, nextWidth, toggleEntries, toggleImages } from "./display.js";
import { $ } from "./dom.js";
import { enqueue, undo } from "./edits.js";
import { closeForm, editEntry, isWithoutPlace } from "./forms.js";
import { endDrag, moveFocused } from "./move_entries.js";
import { uploadImage } from "./image_upload.js";
import { onListKey } from "./link_completion.js";
import { openNeighbour } from "./navigation.js";
import { selectNext } from "./outline.js";
import { positions } from "./positions.js";
import { state } from "./state.js";
import { chooseView, VIEWS } from "./views.js";

const SHORTCUTS = {
  "[": () => openNeighbour(1), "]": () => openNeighbour(-1), w: nextWidth, c: nextScheme, i: toggleImages,
  d: () => toggleEntries(), u: () => enqueue(undo), "?": () => $("help").showModal(),
  n: () => (toggleEntries(true), $("url").focus()), e: () => editEntry(state.selected ?? positions()[0]), j: () => selectNext(1), k: () => selectNext(-1),
};

const inField = element => element.closest?.("input:not([type=radio], [type=checkbox]), textarea, select");

export function onKey(event) {
  const focused = event.target, handle = focused.closest?.(".handle"), row = focused.closest?.(".entry");
  if (document.querySelector("dialog[open]") || onListKey(event)) return;
  const form = focused.closest?.(".fields");
  if (form && event.key === "Escape") return closeForm();
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) return form.requestSubmit();
  if (isWithoutPlace()) return; // The entries that are shown are not those of the file.
  const arrow = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (arrow && (handle || event.altKey && (row && !inField(focused) || state.selected && !inField(focused)))) {
    event.preventDefault();
    return moveFocused(arrow);
  }
  if (event.key === "Escape" && endDrag()) return;
  if (event.ctrlKey || event.metaKey || event.altKey || inField(focused) || !$("shortcuts").checked || !state.issue) return;
  const action = event.key >= "1" && event.key <= `${VIEWS.length}` ? () => chooseView(VIEWS[event.key - 1], true) : SHORTCUTS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

export function onPaste(event) {
  const [file] = event.clipboardData.files;
  if (file?.type.startsWith("image/")) {
    event.preventDefault();
    return void uploadImage(file);
  }
  const text = event.clipboardData.getData("text/plain").trim();
  if (inField(event.target) || !/^https?:\/\/\S+$/.test(text) || !state.issue) return;
  event.preventDefault();
  addLink(text);
}

document.addEventListener("keydown", onKey);
document.addEventListener("paste", onPaste);
$("help-open").onclick = () => $("help").showModal();
$("shortcuts").checked = localStorage.getItem("keys") !== "off";
$("shortcuts").onchange = () => localStorage.setItem("keys", $("shortcuts").checked ? "on" : "off");
