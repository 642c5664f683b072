/* The schedules: what is sent when, and what was not sent. */

import { badge } from "./campaign_parts.js";
import { confirm } from "./confirm.js";
import { $, make, sentence, show, withCode } from "./dom.js";
import { time } from "./format.js";
import { follow } from "./live.js";
import { request } from "./server.js";
import { emptyState, showViewError } from "./view.js";

const OPEN = ["waiting", "overdue", "paused"];
let shown = [];

const planLink = words => make("a", { class: "button main", href: "/campaigns/new" }, words);

const isOpen = each => OPEN.includes(each.state);

const ADVICE = {
  overdue: "Its time has passed, and nothing sends it. Start `newsletter worker`.",
  paused: "It was not sent. Fix what is named here, then move it to another time, or cancel it.",
};

const row = each => make("li", {},
  make("div", { class: "about" },
    make("a", { href: `/issues/${encodeURIComponent(each.issue)}` }, each.issue),
    make("p", { class: "note" }, `#${each.schedule} · ${each.audience || "all active subscribers"}${each.correction ? " (correction)" : ""}`),
    each.reason ? make("p", { class: "reason" }, sentence(each.reason)) : null,
    ADVICE[each.state] ? make("p", { class: "note" }, withCode(ADVICE[each.state])) : null),
  make("div", { class: "outcome" }, badge(each.state), make("p", { class: "when-words" }, make("b", {}, each.at), ` ${each.zone}`),
    each.due ? make("p", { class: "note" }, `${time(each.due)} by the clock of this machine`) : null,
    each.campaign ? make("p", { class: "note" }, make("a", { href: `/campaigns/${each.campaign}` }, `Campaign #${each.campaign}`)) : null,
    isOpen(each) ? make("p", { class: "buttons" },
      make("a", { class: "button", href: `/campaigns/new?schedule=${each.schedule}`, "aria-label": `Move schedule ${each.schedule}` }, "Move …"),
      make("button", { type: "button", "data-cancel": each.schedule, "aria-label": `Cancel schedule ${each.schedule}` }, "Cancel …")) : null));

const list = (title, schedules) => schedules.length ? make("section", { class: "part" }, make("h2", {}, title), make("ul", { class: "rows schedules" }, schedules.map(row))) : null;

function render(schedules) {
  shown = schedules;
  if (!schedules.length) {
    return show($("content"), emptyState("Nothing is scheduled", "Send an issue at a time that you choose. `newsletter worker` must be running then.", planLink("Schedule an issue")));
  }
  show($("content"), make("p", { class: "view-actions" }, planLink("Schedule an issue"),
    make("span", { class: "note" }, withCode("`newsletter worker` sends scheduled issues, so it must be running at the scheduled times."))),
  list("Scheduled", schedules.filter(isOpen)), list("Past", schedules.filter(each => !isOpen(each))));
}

document.addEventListener("click", async event => {
  const id = Number(event.target.closest("[data-cancel]")?.dataset.cancel);
  const schedule = shown.find(each => each.schedule === id);
  if (!schedule) return;
  const yes = await confirm(`Cancel schedule #${id}?`, `${schedule.issue} will not be sent at ${schedule.at} ${schedule.zone}. A cancelled schedule cannot be moved.`, "Cancel the schedule", "Keep it");
  if (!yes) return;
  const { status, body } = await request(`/api/schedules/${id}/cancel`, {});
  showViewError(status === 200 ? null : body);
  if (status === 200) render(body);
});

follow("/api/schedules/live", render);
