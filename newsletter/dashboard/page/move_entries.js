/* Moves entries: with the arrow keys, or by dragging them with a mouse, a pen or a finger. */

import { $ } from "./dom.js";
import { enqueue, sendEdit } from "./edits.js";
import { warnIfUnsaved } from "./forms.js";
import { showError, showStatus } from "./messages.js";
import { entryAt, neighbour, partOf, positionOf, rowOf, same, selectEntry, titleText } from "./positions.js";
import { state, subscribe } from "./state.js";

let drag = null; // the drag: its version of the file, the entry's position and row, and where it would be dropped

async function move(from, to) {
  if (!to || same(from, to) || !entryAt(from) || warnIfUnsaved()) return;
  const title = titleText(entryAt(from).title);
  const done = await sendEdit({ kind: "move", entry: from, to });
  if (!done) return;
  to = done.merged ?? to;
  state.editing = null;
  selectEntry(to, false);
  rowOf(to)?.querySelector(".handle").focus();
  const part = partOf(to.section);
  showStatus(`“${title}” is now ${to.index + 1} of ${part.entries.length} in ${part.label}`);
}

/* Move the focused entry, or else the selected one, one up or down. */
export function moveFocused(by) {
  enqueue(() => {
    const from = positionOf(document.activeElement) ?? state.selected;
    return move(from, neighbour(from, by));
  });
}

/* Return where a dragged entry would be dropped: the element to highlight, and the position in the issue. */
function dropTarget(event) {
  const element = document.elementFromPoint(event.clientX, event.clientY), row = element?.closest(".entry");
  if (row) {
    const box = row.getBoundingClientRect(), after = event.clientY > box.top + box.height / 2;
    return { element: row, after, section: row.dataset.section, index: Number(row.dataset.index) + Number(after) };
  }
  const none = element?.closest(".section")?.querySelector(".none");
  return none && { element: none, after: false, section: none.closest(".section").dataset.section, index: 0 };
}

function clearDropTarget() {
  document.querySelectorAll(".drop-before, .drop-after").forEach(each => each.classList.remove("drop-before", "drop-after"));
}

/* End the drag without a move. Returns whether there was one. */
export function endDrag() {
  const dragged = Boolean(drag);
  clearDropTarget();
  drag?.row.classList.remove("dragged");
  drag = null;
  return dragged;
}

subscribe("issue", () => {
  if (!drag || drag.version === state.issue.version) return;
  endDrag();
  showError({ message: "The file changed while you were dragging", advice: "The entry was not moved. Drag it again." });
});
$("outline").addEventListener("pointerdown", event => {
  const handle = event.target.closest(".handle");
  if (!handle || event.button) return;
  handle.setPointerCapture(event.pointerId);
  drag = { version: state.issue.version, from: positionOf(handle), row: handle.closest(".entry"), to: null };
});
$("outline").addEventListener("pointermove", event => {
  if (!drag) return;
  drag.row.classList.add("dragged");
  clearDropTarget();
  drag.to = dropTarget(event);
  drag.to?.element.classList.add(drag.to.after ? "drop-after" : "drop-before");
});
$("outline").addEventListener("pointerup", () => {
  if (!drag) return;
  const { from, to } = drag;
  endDrag();
  if (!to) return;
  // The entry itself no longer counts once it is moved.
  const index = to.section === from.section && to.index > from.index ? to.index - 1 : to.index;
  enqueue(() => move(from, { section: to.section, index }));
});
$("outline").addEventListener("pointercancel", endDrag);
