/* Marks in the email's frame: the selected entry, and where Gmail clips the email. */

import { $ } from "./dom.js";
import { entryAt } from "./positions.js";
import { state, subscribe } from "./state.js";

/* Draw a line, or a bar beside a box, over the document of a frame. */
function addMarker(frame, label, box, colour, background) {
  const doc = frame.contentDocument, element = doc.createElement("div");
  element.dataset.preview = label;
  Object.assign(element.style, {
    position: "absolute", left: "0", right: "0", top: `${box.top}px`, height: `${box.height}px`, zIndex: "9", pointerEvents: "none",
    boxSizing: "border-box", borderTop: box.height ? "" : `2px dashed ${colour}`, boxShadow: box.height ? `inset 4px 0 0 ${colour}` : "", background,
  });
  if (!box.height) {
    const caption = doc.createElement("span");
    caption.textContent = label;
    Object.assign(caption.style, { position: "absolute", right: "8px", top: "4px", font: "bold 14px/1.4 sans-serif", color: "#fff", background: colour, padding: "2px 8px", borderRadius: "4px" });
    element.append(caption);
  }
  doc.body.append(element);
}

/* Return an entry's heading in the email and its position in pixels, or null if it is not there. */
function entryBox(entry) {
  const doc = $("email-frame").contentDocument;
  const links = [...doc.querySelectorAll("a[href]")].filter(link => entry.links.includes(link.getAttribute("href")));
  const heading = (links.find(link => link.closest("h3")) ?? links.at(-1))?.closest("h3, p, td");
  if (!heading) return null;
  let last = heading;
  while (last.nextElementSibling && !last.nextElementSibling.matches("h1, h2, h3, [lang]")) last = last.nextElementSibling;
  const top = heading.getBoundingClientRect().top + doc.defaultView.scrollY;
  return { heading, top: top - 8, height: last.getBoundingClientRect().bottom + doc.defaultView.scrollY - top + 16 };
}

function updateMarkers(scroll = false) {
  const doc = $("email-frame").contentDocument;
  if (!doc?.body) return;
  doc.querySelectorAll("[data-preview]").forEach(element => element.remove());
  const clip = doc.querySelector("[data-clip]");
  if (clip) addMarker($("email-frame"), "Gmail clips the email here", { top: clip.getBoundingClientRect().top + doc.defaultView.scrollY, height: 0 }, "#a3161a", "none");
  const entry = state.selected && entryAt(state.selected);
  const box = entry && entryBox(entry);
  if (!box) return;
  addMarker($("email-frame"), "selected", box, "#b4430f", "rgb(180 67 15 / .08)");
  if (scroll) doc.defaultView.scrollTo({ top: Math.max(0, box.top - 60) });
}

for (const topic of ["issue", "view"]) subscribe(topic, () => updateMarkers());
subscribe("selection", updateMarkers);
addEventListener("resize", () => updateMarkers());
