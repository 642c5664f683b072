/* Completes links to entries: after `@` in a field of Markdown, a list offers the entries. One without an id gets one
   from the server once the text that links to it is saved. */

import { make } from "./dom.js";
import { insertText } from "./markdown_toolbar.js";
import { showStatus } from "./messages.js";
import { titleText } from "./positions.js";
import { state } from "./state.js";

const MAX_OPTIONS = 6;
const ID = "link-options";
let open = null; // the open list: the field, its options, the chosen one, and the length of what is typed

/* Return what is typed before the caret: the words after `@`, and whether a link is begun, as in `[text](@`. */
function typed(field) {
  const found = field.value.slice(0, field.selectionStart).match(/(?:(\]\()|(?:^|[\s(]))(@([\w-]*))$/);
  return found && { inLink: Boolean(found[1]), length: found[2].length, words: found[3].toLowerCase() };
}

function optionsFor({ words }) {
  const entries = state.issue.outline.flatMap(part => part.entries);
  return entries.filter(entry => entry.link_id.startsWith(words) || entry.title.toLowerCase().includes(words)).slice(0, MAX_OPTIONS);
}

function showList(field) {
  const typing = field.matches("[data-markdown]") && typed(field), options = typing ? optionsFor(typing) : [];
  if (!options.length) return closeList();
  closeList();
  open = { field, typing, options, chosen: 0 };
  field.after(make("ul", { id: ID, class: "completion", role: "listbox", "aria-label": "Entries to link to" }, options.map((entry, at) =>
    make("li", { id: `${ID}-${at}`, role: "option", "aria-selected": `${at === 0}`, "data-option": at }, make("b", {}, `@${entry.link_id}`), ` ${titleText(entry.title)}`, entry.fields.id ? null : make("small", {}, " (new id)")))));
  field.setAttribute("aria-controls", ID);
  choose(0);
  showStatus(options.length === 1 ? "1 entry to link to" : `${options.length} entries to link to`);
}

function choose(at) {
  open.chosen = (at + open.options.length) % open.options.length;
  document.querySelectorAll(`#${ID} [role=option]`).forEach((each, index) => each.setAttribute("aria-selected", `${index === open.chosen}`));
  open.field.setAttribute("aria-activedescendant", `${ID}-${open.chosen}`);
}

/* Close the list. Returns whether it was open. */
export function closeList() {
  if (!open) return false;
  open.field.removeAttribute("aria-controls");
  open.field.removeAttribute("aria-activedescendant");
  document.getElementById(ID)?.remove();
  open = null;
  showStatus("Live");
  return true;
}

function accept(at) {
  const { field, typing, options } = open, id = options[at].link_id;
  closeList();
  const end = field.selectionStart;
  const closed = field.value[end] === ")";
  field.setSelectionRange(end - typing.length, end);
  insertText(field, typing.inLink ? `@${id}${closed ? "" : ")"}` : `[${titleText(options[at].title)}](@${id})`);
  closeList();
}

/* Handle a key while the list is open. Returns whether it did. */
export function onListKey(event) {
  if (!open || event.target !== open.field) return false;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) choose(open.chosen + step);
  else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey && !event.shiftKey) accept(open.chosen);
  else if (event.key === "Escape") closeList();
  else return false;
  event.preventDefault();
  return true;
}

document.addEventListener("input", event => showList(event.target));
document.addEventListener("focusout", event => open?.field === event.target && closeList());
// On pressing the button, before the field loses focus.
document.addEventListener("pointerdown", event => {
  const option = event.target.closest("[data-option]");
  if (!option) return;
  event.preventDefault();
  accept(Number(option.dataset.option));
});
