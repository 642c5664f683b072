/* Stores an image that the author chooses, pastes or drops, and puts its path into the open form. */

import { make } from "./dom.js";
import { showError, showStatus } from "./messages.js";
import { upload } from "./server.js";
import { state } from "./state.js";

export const imageButton = () => make("label", { class: "file" }, make("span", {}, "Choose a file, or paste an image"),
  make("input", { type: "file", accept: "image/*", "data-image": true, class: "visually-hidden" }));

/* Store an image for the open form of an entry. */
export async function storeImage(file) {
  const form = document.querySelector(".fields"), field = form?.querySelector("[name=image]");
  if (!field) return showError({ message: "An image belongs to an entry", advice: "Open the fields of an entry first, then paste or drop the image." });
  showStatus("Storing the image …");
  const name = form.querySelector("[name=title]").value || file.name;
  const { status, body } = await upload(`/api/issues/${encodeURIComponent(state.slug)}/images?name=${encodeURIComponent(name)}`, file);
  if (status !== 200) {
    showStatus("Live");
    return showError(body);
  }
  showError(null);
  field.value = body.image;
  showStatus(`Stored the image, ${body.width} × ${body.height} pixels. Save the entry to use it.`);
  form.querySelector("[name=image_alt]").focus();
}

document.addEventListener("change", event => {
  if (event.target.matches("[data-image]") && event.target.files[0]) storeImage(event.target.files[0]);
});
document.addEventListener("dragover", event => {
  if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
});
document.addEventListener("drop", event => {
  const file = event.dataTransfer?.files[0];
  if (!file) return;
  event.preventDefault();
  storeImage(file);
});
