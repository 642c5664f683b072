/* The form that asks what is sent, to which audience, and when. */

import { make, withCode } from "./dom.js";

const field = (id, label, input, hint = "") => make("div", { class: "field" }, make("label", { for: id }, label), input,
  hint ? make("p", { class: "note", id: `${id}-hint` }, withCode(hint)) : null);

const radio = (value, words, checked) => make("label", {}, make("input", { type: "radio", name: "when", value, checked }), " ", make("span", {}, words));

const option = ({ slug, title, status }, chosen) => make("option", { value: slug, selected: slug === chosen }, `${title}${status === "draft" ? " (draft)" : ""}`);

/* The newest draft is the issue that is sent next. */
const proposed = issues => (issues.find(each => each.status === "draft") ?? issues[0])?.slug;

/* Return the form. `schedule` is the one that is moved, which decides on issue and audience, or null. */
export function sendForm({ issues, zone }, schedule, issue) {
  const chosen = schedule?.issue ?? (issues.some(each => each.slug === issue) ? issue : proposed(issues));
  const listed = schedule ? [issues.find(each => each.slug === chosen) ?? { slug: chosen, title: chosen }] : issues;
  const later = Boolean(schedule);
  return make("form", { id: "send-form", class: "send-form", novalidate: true },
    field("send-issue", "Issue", make("select", { id: "send-issue", name: "issue" }, listed.map(each => option(each, chosen)))),
    field("send-audience", "Audience", make("input", { id: "send-audience", name: "audience", value: schedule?.audience ?? "", readonly: Boolean(schedule), autocomplete: "off", spellcheck: "false", placeholder: "all active subscribers", "aria-describedby": "send-audience-hint" }),
      schedule ? (schedule.correction ? "A correction, to subscribers who received the issue before." : "To change it, cancel the schedule and make another.") : "Empty for all active subscribers, or a filter such as `tag:beta language:ja`."),
    make("fieldset", { class: "choices when", hidden: later }, make("legend", {}, "When"), radio("now", "Now", !later), radio("later", "At a time", later)),
    make("div", { id: "send-time", class: "send-time", hidden: !later },
      field("send-at", "Time", make("input", { id: "send-at", name: "at", type: "datetime-local", value: schedule?.at.slice(0, 16).replace(" ", "T") ?? "" })),
      field("send-zone", "Time zone", make("input", { id: "send-zone", name: "zone", value: schedule?.zone ?? zone, list: "zones", autocomplete: "off", spellcheck: "false" })),
      make("datalist", { id: "zones" }, Intl.supportedValuesOf("timeZone").map(each => make("option", { value: each }))),
      field("send-late", "Latest delay", make("input", { id: "send-late", name: "late", value: schedule?.late ?? "2h", autocomplete: "off", spellcheck: "false", "aria-describedby": "send-late-hint" }), "If no worker runs at that time, the issue is sent up to this much later, such as `30m`, `2h` or `1d`.")),
    make("p", { class: "buttons" }, make("button", { class: "main", id: "send-check" }, "Run the preflight"),
      make("label", { class: "checkbox" }, make("input", { type: "checkbox", name: "online", checked: true }), " Check that images and pages are online")),
    make("p", { class: "problem", id: "send-problem", role: "alert" }));
}
