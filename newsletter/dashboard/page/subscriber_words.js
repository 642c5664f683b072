/* How the views of subscribers show states, times and text that people have written. */

import { make } from "./dom.js";
import { number, time } from "./format.js";

export const STATES = ["active", "pending", "unsubscribed", "bounced", "complained"];

/* Text of others, such as names, or its parts: its direction is its own, whatever surrounds it. */
export const own = text => make("bdi", {}, text);

export const stateBadge = state => make("span", { class: `state-badge ${state}` }, state);

/* A time in ISO 8601, as the author's clock shows it. */
export const timeOf = iso => make("time", { datetime: iso }, time(iso));
export const dayOf = iso => make("time", { datetime: iso }, iso.slice(0, 10));

/* Return the counts of states as words: `5 active, 1 pending`. */
export const statesAsWords = counts => STATES.filter(state => counts[state]).map(state => `${number(counts[state])} ${state}`).join(", ");

/* Return a labelled field of a form. */
export const field = (id, label, control, hint = "") => make("div", { class: "field" }, make("label", { for: id }, label), control,
  hint ? make("p", { class: "note", id: `${id}-hint` }, hint) : null);
