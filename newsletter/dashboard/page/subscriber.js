/* One subscriber: consent, tags, and what happened, as `newsletter subscribers show` prints it. */

import { confirm } from "./confirm.js";
import { $, make, sentence, show, withCode } from "./dom.js";
import { plural } from "./format.js";
import { showStatus } from "./messages.js";
import { request } from "./server.js";
import { own, stateBadge, timeOf } from "./subscriber_words.js";
import { load, showViewError } from "./view.js";

const path = `/api${location.pathname}`;
const CAN_UNSUBSCRIBE = ["active", "pending", "bounced"];

/* Send a change, and show the subscriber again. Returns the error, or null. */
async function change(action, data = {}) {
  const { status, body } = await request(`${path}/${action}`, data);
  if (status !== 200) return body;
  await load(path, showSubscriber);
  return null;
}

async function changeTag(tag, off) {
  const error = await change("tags", { tag, off });
  if (error) return showViewError(error);
  showStatus(off ? `Removed the tag ${tag}` : `Added the tag ${tag}`);
  $("tag").focus();
}

const fact = (label, ...value) => make("div", {}, make("dt", {}, label), make("dd", {}, value));

/* What happened, newest first. What has no time yet comes first. */
function happened({ events, deliveries, transactional_mail: mail, unrecognised_mail: unknown }) {
  const list = [
    ...events.map(each => ({ at: each.at, what: each.kind, detail: each.detail })),
    ...deliveries.map(each => ({ at: each.at, what: `issue ${each.issue}: ${each.state}`, detail: [each.code || "", each.enhanced, each.text, each.attempts > 1 ? plural(each.attempts, "attempt") : ""].filter(Boolean).join(" ") })),
    ...mail.map(each => ({ at: each.requested_at, what: `mail ${each.kind}: ${each.state}`, detail: each.last_error })),
    ...unknown.map(each => ({ at: each.at, what: "mail that was not understood", detail: each.subject || "from somebody else" })),
  ];
  // Each kind is oldest first. Reversed, the newest of a second stays first.
  return list.reverse().sort((one, other) => (other.at ?? "9").localeCompare(one.at ?? "9"));
}

function showSubscriber(found) {
  const one = found.subscriber;
  show($("view-title"), own(one.email));
  document.title = `${one.email} · Subscribers`;
  show($("content"),
    make("p", { class: "back" }, make("a", { href: "/subscribers" }, "‹ All subscribers")),
    make("dl", { class: "subscriber-facts" },
      fact("State", stateBadge(one.state), found.suppression ? make("span", { class: "note" }, ` suppressed since `, timeOf(found.suppression.since), `: ${found.suppression.reason}`) : null),
      one.name ? fact("Name", own(one.name)) : null,
      fact("Language", one.language || "that of the publication"),
      fact("Consent", own(one.consent_source), ", ", one.consent_at ? timeOf(one.consent_at) : "date unknown"),
      fact("On the list since", timeOf(one.created_at)),
      fact("Tags",
        make("ul", { class: "chips" }, one.tags.map(tag => make("li", { class: "tag" }, own(tag), " ",
          make("button", { type: "button", class: "icon", "data-remove-tag": tag, "aria-label": `Remove the tag ${tag}` }, "×")))),
        make("form", { id: "tag-form", class: "tag-form" }, make("label", { class: "visually-hidden", for: "tag" }, "New tag"),
          make("input", { id: "tag", autocomplete: "off", placeholder: "New tag", "data-keep": "tag" }), make("button", {}, "Add the tag")))),
    make("p", { class: "actions" },
      CAN_UNSUBSCRIBE.includes(one.state) ? make("button", { type: "button", id: "unsubscribe", "aria-haspopup": "dialog" }, "Unsubscribe …") : null,
      make("button", { type: "button", id: "erase", class: "danger", "aria-haspopup": "dialog" }, "Erase …")),
    make("h2", {}, "History"),
    make("ol", { class: "history" }, happened(found).map(({ at, what, detail }) => make("li", {},
      at ? timeOf(at) : make("span", { class: "note" }, "not yet"), make("div", {}, make("b", {}, sentence(what)), detail ? make("p", {}, own(detail)) : null)))),
    make("p", { class: "note" }, withCode("What a person opened or clicked is not known: `newsletter` does not store it.")));
  $("tag-form").onsubmit = event => {
    event.preventDefault();
    const tag = $("tag").value.trim();
    $("tag").value = "";
    if (tag) changeTag(tag, false);
  };
  for (const button of document.querySelectorAll("[data-remove-tag]")) button.onclick = () => changeTag(button.dataset.removeTag, true);
  if ($("unsubscribe")) $("unsubscribe").onclick = unsubscribe;
  $("erase").onclick = erase;
}

async function unsubscribe() {
  const words = make("span", {}, own($("view-title").textContent), " gets no more issues. Only the person can reverse this, by subscribing again.");
  if (!await confirm("Unsubscribe?", words, "Unsubscribe", "Cancel")) return;
  const error = await change("unsubscribe");
  showViewError(error);
  if (!error) showStatus("Unsubscribed");
}

async function erase() {
  const words = make("span", {}, "Everything stored about ", own($("view-title").textContent), " is deleted. Only a keyed hash of the address is kept, so that no import adds it again. This cannot be undone.");
  if (!await confirm("Erase permanently?", words, "Erase", "Cancel")) return;
  const { status, body } = await request(`${path}/erase`, {});
  showViewError(status === 200 ? null : body);
  if (status !== 200) return;
  showStatus("Erased");
  show($("view-title"), "Erased");
  show($("content"), make("p", {}, own(body.address), " was erased."), make("p", { class: "back" }, make("a", { href: "/subscribers" }, "‹ All subscribers")));
}

load(path, showSubscriber);
