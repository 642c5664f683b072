/* Parts of campaigns that their list and the page of one campaign show. */

import { make } from "./dom.js";
import { number, plural } from "./format.js";

const DONE = ["accepted", "failed", "uncertain"];

export const audience = campaign => campaign.audience || "all active subscribers";

export const badge = state => make("span", { class: `badge is-${state}` }, state);

const done = campaign => DONE.reduce((sum, state) => sum + campaign.counts[state], 0);

/* Return the progress of a campaign: a bar, and how many messages are sent. */
export const progress = campaign => [
  make("progress", { max: campaign.recipients || 1, value: done(campaign), "aria-label": `Progress of campaign ${campaign.campaign}` }),
  make("p", { class: "progress-words" }, done(campaign) < campaign.recipients
    ? `${number(done(campaign))} of ${plural(campaign.recipients, "recipient")}` : plural(campaign.recipients, "recipient")),
];

/* Return the counts by state, without zeros, such as `1,200 accepted, 3 failed`. */
export const countsInWords = counts => Object.entries(counts).filter(([, count]) => count).map(([state, count]) => `${number(count)} ${state}`).join(", ");

export const bouncesInWords = bounces => countsInWords(bounces).replace("refused", "policy").replace(/([2-9]|\d\d+) complaint/, "$&s");
