/* A conflict: the file changed on disk since the page showed it. The author sees both versions and chooses. */

import { $, make, sentence } from "./dom.js";
import { showStatus } from "./messages.js";
import { publish, state } from "./state.js";

export function showConflict(conflict, saveMine) {
  $("conflict-message").textContent = `${sentence(conflict.message)}. ${conflict.advice}`;
  const row = ([kind, theirs, mine]) => make("tr", { class: kind }, kind === "gap" ? make("td", { colspan: 2 }, "…") : [theirs, mine].map(text => make("td", {}, kind === "changed" && text ? make("mark", {}, text) : text)));
  $("versions").replaceChildren(make("table", {},
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "On disk"), make("th", { scope: "col" }, "Your version"))),
    make("tbody", {}, conflict.rows.map(row))));
  $("keep-mine").onclick = () => {
    $("conflict").close();
    state.editing = null;
    saveMine();
  };
  $("conflict").showModal();
}

$("keep-theirs").onclick = () => {
  $("conflict").close();
  state.editing = null;
  publish("selection");
  showStatus("The version on disk was kept");
};
