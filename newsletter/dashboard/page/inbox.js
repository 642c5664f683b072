/* The views of the outputs: the size of the email, and the message in the list of an inbox. */

import { $, make, show } from "./dom.js";

export function showInbox(outputs) {
  const preheader = outputs.preheader || outputs.text.replace(/\s+/g, " ").trim().slice(0, 140);
  const day = outputs.date && new Date(`${outputs.date}T00:00:00`).toLocaleDateString(undefined, { day: "numeric", month: "short" });
  const avatar = () => make("span", { class: "avatar", "aria-hidden": "true" }, [...outputs.sender][0]);
  const bars = (...widths) => make("div", { class: "text" }, widths.map(width => make("span", { class: width })));
  const other = phone => make("li", { class: "mail placeholder", "aria-hidden": "true" }, phone ? [make("span", { class: "avatar" }), bars("w3", "w9", "w6")] : bars("w6"));
  const phone = make("li", { class: "mail" }, avatar(), make("div", { class: "text" },
    make("div", { class: "sender-line" }, make("p", { class: "sender" }, outputs.sender), make("span", { class: "when" }, day)),
    make("p", { class: "subject" }, outputs.subject), make("p", { class: "preheader" }, preheader)));
  const wide = make("li", { class: "mail" }, make("p", { class: "sender" }, outputs.sender),
    make("p", { class: "text" }, make("span", { class: "subject" }, outputs.subject), make("span", { class: "after" }, ` — ${preheader}`)),
    make("span", { class: "when" }, day));
  const count = text => `${[...text].length} characters`;
  show($("panel-inbox"),
    make("div", { class: "inboxes" },
      make("section", { class: "inbox wide" }, make("h2", {}, "On a desktop"), make("ul", {}, other(), wide, other(), other(), other())),
      make("section", { class: "inbox phone" }, make("h2", {}, "On a phone"), make("ul", {}, other(true), phone, other(true))),
      make("div", { class: "facts" },
        make("p", {}, make("b", {}, "Subject "), `${count(outputs.subject)}; phones show about the first 40.`),
        make("p", {}, make("b", {}, "Preheader "), outputs.preheader ? `${count(outputs.preheader)}; 40 to 140 are recommended.` : "is missing; an inbox shows the first words of the email instead."))));
}

export function showSize(outputs) {
  const share = outputs.bytes / outputs.clip;
  $("meter").value = Math.min(1, share);
  const kilobytes = (outputs.bytes / 1000).toFixed(1);
  $("size").textContent = share > 1 ? `${kilobytes} KB: Gmail clips emails at ${outputs.clip / 1000} KB` : `${kilobytes} of ${outputs.clip / 1000} KB (Gmail’s limit)`;
}
