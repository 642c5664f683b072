/* Uploads an image that the author chooses, pastes or drops, and puts its path into the open form. Its file is written
   when the entry is saved. */

import { make } from "./dom.js";
import { showError, showStatus } from "./messages.js";
import { upload } from "./server.js";
import { state } from "./state.js";

export const imageButton = () => make("label", { class: "file" }, make("span", {}, "Choose a file, or paste or drop an image"),
  make("input", { type: "file", accept: "image/*", "data-image": true, class: "visually-hidden" }));

/* Upload an image for the open form of an entry. */
export async function uploadImage(file) {
  const form = document.querySelector(".fields"), field = form?.querySelector("[name=image]");
  if (!field) return showError({ message: "An image belongs to an entry", advice: "Open the fields of an entry first, then paste or drop the image." });
  showStatus("Uploading the image …");
  const name = form.querySelector("[name=title]").value || file.name;
  const { status, body } = await upload(`/api/issues/${encodeURIComponent(state.slug)}/images?name=${encodeURIComponent(name)}`, file);
  if (status !== 200) {
    showStatus("Live");
    return showError(body);
  }
  showError(null);
  field.value = body.image;
  showStatus(`The image has ${body.width} × ${body.height} pixels. Save the entry to keep it.`);
  form.querySelector("[name=image_alt]").focus();
}

document.addEventListener("change", event => {
  if (event.target.matches("[data-image]") && event.target.files[0]) uploadImage(event.target.files[0]);
});

/* Show where a dragged file goes, and upload it when it is dropped, anywhere on the page or in a frame. */
export function acceptDrops(doc) {
  doc.addEventListener("dragover", event => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("dragging-file");
  });
  doc.addEventListener("dragleave", event => event.relatedTarget ?? document.body.classList.remove("dragging-file"));
  doc.addEventListener("drop", event => {
    document.body.classList.remove("dragging-file");
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    uploadImage(file);
  });
}

acceptDrops(document);
