/* The list of campaigns. */

import { audience, badge, bouncesInWords, countsInWords, progress } from "./campaign_parts.js";
import { $, make, show } from "./dom.js";
import { time } from "./format.js";
import { follow } from "./live.js";
import { emptyState } from "./view.js";

const row = campaign => make("li", {},
  make("div", { class: "about" },
    make("a", { href: `/campaigns/${campaign.campaign}` }, campaign.subject || campaign.issue),
    make("p", { class: "note" }, `#${campaign.campaign} · ${campaign.issue} · ${audience(campaign)} · ${time(campaign.begun)}`),
    campaign.reason ? make("p", { class: "reason" }, campaign.reason) : null),
  make("div", { class: "outcome" }, badge(campaign.state), progress(campaign),
    make("p", { class: "note" }, [countsInWords(campaign.counts), bouncesInWords(campaign.bounces) && `bounces: ${bouncesInWords(campaign.bounces)}`].filter(Boolean).join(" · "))));

const sendLink = () => make("a", { class: "button main", href: "/campaigns/new" }, "Send an issue");

follow("/api/campaigns/live", campaigns => show($("content"), campaigns.length
  ? [make("p", { class: "view-actions" }, sendLink()), make("ul", { class: "rows campaigns" }, campaigns.map(row))]
  : emptyState("No campaigns yet", "A campaign is one sending of an issue to your subscribers. Write an issue, and send yourself a test first.", sendLink())));
