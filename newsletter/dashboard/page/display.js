/* How the page is displayed: the email's width, colours and images, and whether the entries are shown. */

import { $ } from "./dom.js";
import { refresh } from "./updates.js";

const WIDTHS = ["phone", "tablet", "desktop"];
const SCHEMES = ["light", "dark", "gmail"];
const narrow = matchMedia("(max-width: 860px)");

function applyDisplay() {
  const options = new FormData($("display"));
  $("stage").dataset.width = options.get("width");
  localStorage.setItem("look", JSON.stringify({ width: options.get("width"), scheme: options.get("scheme"), images: options.has("images") }));
}

function chooseNext(name, values) {
  const inputs = $("display").elements;
  inputs[name].value = values[(values.indexOf(inputs[name].value) + 1) % values.length];
  $("display").dispatchEvent(new Event("change"));
}

export const nextWidth = () => chooseNext("width", WIDTHS);
export const nextScheme = () => chooseNext("scheme", SCHEMES);
export const toggleImages = () => $("display").elements.images.click();

export function toggleEntries(open = document.body.classList.contains("entries-hidden")) {
  document.body.classList.toggle("entries-hidden", !open);
  $("entries-toggle").setAttribute("aria-expanded", `${open}`);
}

/* Restore the options of the last visit. */
export function restoreDisplay() {
  const saved = JSON.parse(localStorage.getItem("look") ?? "{}"), inputs = $("display").elements;
  if (WIDTHS.includes(saved.width)) inputs.width.value = saved.width;
  if (SCHEMES.includes(saved.scheme)) inputs.scheme.value = saved.scheme;
  inputs.images.checked = saved.images ?? true;
  applyDisplay();
  toggleEntries(!narrow.matches);
}

$("display").addEventListener("change", () => {
  applyDisplay();
  refresh();
});
$("entries-toggle").onclick = () => toggleEntries();
narrow.onchange = () => toggleEntries(!narrow.matches);
