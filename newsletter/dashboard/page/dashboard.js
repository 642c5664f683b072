/* Starts the page. The server's response about the issue goes to `state`; the modules that show parts of it subscribe.

   Start reading at `updates`, which requests the issue each time a file changes. Only the nodes that differ are updated. */

import "./checks.js";
import "./copy.js";
import { restoreDisplay } from "./display.js";
import { whenFramesAreReady } from "./frames.js";
import { acceptDrops } from "./image_upload.js";
import "./inbox_dialog.js";
import "./issue.js";
import { onKey, onPaste } from "./keyboard.js";
import "./markers.js";
import { openNewIssue } from "./new_issue.js";
import "./outline.js";
import "./preflight.js";
import "./problems.js";
import "./source.js";
import { publish, state } from "./state.js";
import { followChanges } from "./updates.js";
import { chooseView, viewInUrl } from "./views.js";

/* Links in a frame open in a new tab, except those within the document. */
function onLink(event) {
  const href = event.target.closest("a[href]")?.getAttribute("href");
  if (!href || href.startsWith("#")) return;
  event.preventDefault();
  if (/^https?:/i.test(href)) open(href, "_blank", "noopener,noreferrer");
}

/* Make shortcuts and pasting work in a frame as outside. A frame that has loaded again is filled again. */
function prepareFrame(frame) {
  const doc = frame.contentDocument;
  doc.addEventListener("keydown", onKey);
  doc.addEventListener("paste", onPaste);
  doc.addEventListener("click", onLink);
  acceptDrops(doc);
  if (state.issue) publish("issue");
}

const startsIssue = location.search === "?new-issue"; // the author comes from the page that created the publication
await whenFramesAreReady(prepareFrame);
restoreDisplay();
chooseView(viewInUrl());
followChanges();
if (startsIssue) openNewIssue();
document.addEventListener("visibilitychange", followChanges);
