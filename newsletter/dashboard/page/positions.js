/* The positions of entries, {section, index}, in the issue and in the page. */

import { publish, state } from "./state.js";

export const partOf = section => state.issue?.outline.find(part => part.section === section);
export const entryAt = at => partOf(at.section)?.entries[at.index];
export const entryCount = section => partOf(section)?.entries.length ?? 0;
export const same = (one, other) => one && other && one.section === other.section && one.index === other.index;
export const positions = () => state.issue.outline.flatMap(part => part.entries.map((_, index) => ({ section: part.section, index })));
export const rowOf = at => document.querySelector(`.entry[data-section="${at.section}"][data-index="${at.index}"]`);
export const titleText = title => title || "Untitled";

export function positionOf(element) {
  const row = element.closest(".entry");
  return row && { section: row.dataset.section, index: Number(row.dataset.index) };
}

/* Return the position one up or down, in the next section if this one ends; undefined at the end of the issue. */
export function neighbour(at, by) {
  const parts = state.issue.outline, part = parts.findIndex(each => each.section === at.section), index = at.index + by;
  if (index >= 0 && index < parts[part].entries.length) return { section: at.section, index };
  const next = parts[part + by];
  return next && { section: next.section, index: by < 0 ? next.entries.length : 0 };
}

export function selectEntry(at, scroll = true) {
  state.selected = at;
  publish("selection", scroll);
}
