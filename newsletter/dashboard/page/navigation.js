/* Opens another issue. The issue and the view are in the URL. */

import { $ } from "./dom.js";
import { frames } from "./frames.js";
import { publish, slugInUrl, state } from "./state.js";
import { warnIfUnsaved } from "./forms.js";
import { refresh } from "./updates.js";
import { chooseView, viewInUrl } from "./views.js";

const pathOf = slug => `/issues/${encodeURIComponent(slug)}#${state.view}`;

export function openIssue(to, push = true) {
  if (!to || to === state.slug) return;
  if (warnIfUnsaved()) return void ($("issue").value = state.slug);
  state.slug = to;
  state.selected = state.editing = null;
  state.line = 0;
  publish("opened");
  if (push) history.pushState(null, "", pathOf(to));
  for (const frame of frames) frame.contentDocument?.defaultView.scrollTo(0, 0);
  refresh();
}

export function openNeighbour(by) {
  const issues = [...$("issue").options].map(option => option.value);
  openIssue(issues[issues.indexOf(state.slug) + by]);
}

$("issue").onchange = () => openIssue($("issue").value);
$("older").onclick = () => openNeighbour(1);
$("newer").onclick = () => openNeighbour(-1);
addEventListener("popstate", () => {
  const to = slugInUrl();
  openIssue(to, false);
  if (to === state.slug) chooseView(viewInUrl());
  else history.pushState(null, "", pathOf(state.slug));
});
