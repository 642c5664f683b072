/* One campaign: its progress, what became of it, and what can be done with it. */

import { $, make, sentence, show, withCode } from "./dom.js";
import { audience, badge, bouncesInWords, countsInWords, progress } from "./campaign_parts.js";
import { coalesce, request } from "./server.js";
import { confirm } from "./confirm.js";
import { follow } from "./live.js";
import { number, plural, time } from "./format.js";
import { reportParts } from "./campaign_report.js";
import { showViewError } from "./view.js";
import { table } from "./table.js";

const id = Number(location.pathname.split("/")[2]);
let shown = null; // the campaign as the page shows it
let report = null; // its report, or why there is none
let reported = ""; // what the report was read for
let reportedAt = 0, reportedState = ""; // when it was requested, and the state at that time
let reportTimer = 0; // the timer of the next request

// Milliseconds between two requests for the report while a campaign is sent: it takes much longer than the counts.
const REPORT_PAUSE = 5000;

const ACTIONS = {
  pause: { words: "Pause", busy: "Pausing …" },
  resume: { words: "Resume", busy: "Resuming …", main: true },
  "retry-failed": { words: "Retry the failed recipients", busy: "Resuming …" },
  cancel: { words: "Cancel the campaign …", busy: "Cancelling …" },
};

const part = (title, ...children) => make("section", { class: "part" }, make("h2", {}, title), children);

const fact = (title, value) => value ? make("div", {}, make("dt", {}, title), make("dd", {}, value)) : null;

const facts = campaign => make("dl", { class: "facts-list" },
  fact("Issue", make("a", { href: `/issues/${encodeURIComponent(campaign.issue)}` }, campaign.issue)),
  fact("Audience", audience(campaign)),
  fact("Started", time(campaign.begun)),
  fact("Finished", time(campaign.finished)),
  fact("Commit", campaign.git_commit && `${campaign.git_commit.slice(0, 12)}${campaign.git_clean ? "" : ", with uncommitted changes"}`));

const buttons = campaign => campaign.actions.length ? make("p", { class: "buttons" }, campaign.actions.map(action =>
  make("button", { type: "button", "data-action": action, class: ACTIONS[action].main ? "main" : null }, ACTIONS[action].words))) : null;

const replies = campaign => campaign.replies.length ? part("Replies of the servers",
  table("Replies of the servers", ["Recipients", "State", "Reply"], campaign.replies.map(each => [number(each.recipients), each.state, each.reply || "no reply"]))) : null;

const uncertain = campaign => campaign.uncertain.length ? part("Uncertain recipients",
  make("p", { class: "note" }, "The connection was lost after their message was sent, so that they may have received it. They are not sent it again."),
  campaign.retried ? make("p", { class: "note" }, `${plural(campaign.retried.recipients, "recipient is", "recipients are")} sent it again if you resume the campaign before ${time(campaign.retried.until)}: their server drops a second copy.`) : null,
  make("ul", { class: "addresses" }, campaign.uncertain.map(address => make("li", {}, address))),
  campaign.counts.uncertain > campaign.uncertain.length ? make("p", { class: "note" }, withCode(`${number(campaign.counts.uncertain - campaign.uncertain.length)} more are listed by \`newsletter campaign report '#${campaign.campaign}' --csv\`.`)) : null) : null;

const workers = campaign => campaign.workers.length ? part("Processes that send it",
  table("Processes that send it", ["Process", "State", "In hand", "Accepted", "Failed"],
    campaign.workers.map(each => [each.name, each.state, number(each.held), number(each.accepted), number(each.failed)]))) : null;

/* Request the report again when the counts, the state or the bounces have changed: a new state at once, counts later. */
const loadReport = coalesce(async () => {
  const about = JSON.stringify([shown.counts, shown.bounces, shown.state]);
  clearTimeout(reportTimer);
  if (about === reported) return;
  const early = reportedAt + REPORT_PAUSE - performance.now();
  if (early > 0 && reportedState === shown.state) {
    reportTimer = setTimeout(loadReport, early);
    return;
  }
  [reportedAt, reportedState] = [performance.now(), shown.state];
  const { status, body } = await request(`/api/campaigns/${id}/report`);
  report = status === 200 ? body : { error: body };
  reported = status === 200 ? about : "";
  render(shown);
});

function update(campaign) {
  shown = campaign;
  render(campaign);
  loadReport();
}

function render(campaign) {
  $("view-title").textContent = campaign.subject || campaign.issue;
  document.title = `${campaign.issue} #${campaign.campaign} · Campaigns`;
  const bounces = bouncesInWords(campaign.bounces);
  show($("content"),
    make("section", { class: "state-panel", "aria-label": "State" },
      make("p", { class: "state-line", role: "status" }, badge(campaign.state), " ", campaign.reason && campaign.reason !== campaign.state ? sentence(campaign.reason) : ""),
      progress(campaign),
      make("p", { class: "note" }, [countsInWords(campaign.counts), bounces && `bounces: ${bounces}`].filter(Boolean).join(" · ")),
      campaign.state === "stopped" ? make("p", {}, "Nothing sends it now. Resume it to send to the recipients who are left.") : null,
      campaign.output ? make("pre", { class: "output", tabindex: 0, role: "region", "aria-label": "Output of the process that sent it" }, campaign.output) : null,
      buttons(campaign)),
    facts(campaign), workers(campaign), reportParts(report), replies(campaign), uncertain(campaign));
}

/* Ask before a campaign is cancelled, since that cannot be undone. */
const confirmed = action => action !== "cancel" || confirm(
  `Cancel campaign #${id} permanently?`,
  shown.left ? `${plural(shown.left, "recipient is", "recipients are")} still pending and will not be mailed. A cancelled campaign cannot be resumed.` : "A cancelled campaign cannot be resumed.",
  "Cancel the campaign", "Keep it");

document.addEventListener("click", async event => {
  const button = event.target.closest("[data-action]");
  if (!button || button.disabled) return;
  const action = button.dataset.action;
  if (!await confirmed(action)) return;
  const words = button.textContent;
  [button.disabled, button.textContent] = [true, ACTIONS[action].busy];
  const { status, body } = await request(`/api/campaigns/${id}/${action}`, {});
  [button.disabled, button.textContent] = [false, words];
  showViewError(status === 200 ? null : body);
  if (status === 200) update(body);
});

follow(`/api/campaigns/${id}/live`, update);
