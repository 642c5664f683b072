/* Copies the Medium story to the clipboard. */

import { $ } from "./dom.js";
import { showError, showStatus } from "./messages.js";
import { state } from "./state.js";

async function copy(item, done) {
  try {
    await navigator.clipboard.write([new ClipboardItem(item)]);
    showStatus(done);
  } catch {
    showError({ message: "The browser blocked copying", advice: "Allow this page to use the clipboard, then try again." });
  }
}

$("copy-story").onclick = () => copy({
  "text/html": new Blob([state.issue.outputs.story], { type: "text/html" }), "text/plain": new Blob([state.issue.outputs.markdown], { type: "text/plain" }),
}, "Copied for Medium");
$("copy-markdown").onclick = () => copy({ "text/plain": new Blob([state.issue.outputs.markdown], { type: "text/plain" }) }, "Copied as Markdown");
