/* Adds a link as an entry. */

import { $ } from "./dom.js";
import { sendEdit } from "./edits.js";
import { editEntry } from "./forms.js";
import { showStatus } from "./messages.js";
import { partOf } from "./positions.js";

let last = null; // the last link, its section, and how it was to be added

export async function addLink(url, section = $("section").value, { read = true, again = false } = {}) {
  if (!url.trim()) return;
  if (read) showStatus("Fetching the page …");
  last = { url, section, read, again };
  const added = await sendEdit({ kind: "add", url: url.trim(), section: section || null, read, again });
  if (!added) return showStatus("Live");
  $("url").value = "";
  const { entries } = partOf(added.section);
  showStatus("Added");
  editEntry({ section: added.section, index: entries.findLastIndex(entry => entry.url === added.url) });
}

$("add").addEventListener("submit", event => {
  event.preventDefault();
  addLink($("url").value);
});
$("error").addEventListener("click", event => {
  const how = event.target.dataset.add;
  if (how) addLink(last.url, last.section, { read: last.read && how !== "unread", again: last.again || how === "again" });
});
