/* The tabs: one view of the issue is shown at a time, except that the email is next to the checks. */

import { $ } from "./dom.js";
import { publish, state } from "./state.js";

export const VIEWS = ["email", "text", "medium", "web", "inbox", "checks", "source"];

export function chooseView(name, focus = false) {
  if (!VIEWS.includes(name)) return;
  state.view = name;
  const sideBySide = name === "checks";
  $("views").classList.toggle("side-by-side", sideBySide);
  for (const each of VIEWS) {
    $(`tab-${each}`).setAttribute("aria-selected", `${each === name}`);
    $(`tab-${each}`).tabIndex = each === name ? 0 : -1;
    $(`panel-${each}`).hidden = each !== name && !(sideBySide && each === "email");
  }
  if (focus) $(`tab-${name}`).focus();
  if (location.hash !== `#${name}`) history.replaceState(null, "", `#${name}`);
  publish("view");
}

export const viewInUrl = () => VIEWS.includes(location.hash.slice(1)) ? location.hash.slice(1) : "email";

document.addEventListener("click", event => {
  const tab = event.target.closest("[role=tab]"), button = event.target.closest("[data-view]");
  if (tab) chooseView(tab.id.slice(4));
  else if (button) chooseView(button.dataset.view, true);
});
document.querySelector("[role=tablist]").addEventListener("keydown", event => {
  const at = VIEWS.indexOf(state.view), to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined || event.altKey) return;
  event.preventDefault();
  chooseView(VIEWS.at(to % VIEWS.length), true);
});
