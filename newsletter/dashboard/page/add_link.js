/* Adds a link as an entry. */

import { $ } from "./dom.js";
import { sendEdit } from "./edits.js";
import { editEntry } from "./forms.js";
import { showStatus } from "./messages.js";
import { partOf } from "./positions.js";

let unread = null; // the link and section of a page that could not be read

export async function addLink(url, section = $("section").value, read = true) {
  if (!url.trim()) return;
  if (read) showStatus("Fetching the page …");
  unread = { url, section };
  const added = await sendEdit({ kind: "add", url: url.trim(), section: section || null, read });
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
  if (event.target.id === "add-unread") addLink(unread.url, unread.section, false);
});
