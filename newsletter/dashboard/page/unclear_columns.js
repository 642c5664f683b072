/* Columns that may be about consent and are not understood: the author says what each means, or each of its values. */

import { make } from "./dom.js";
import { plural } from "./format.js";
import { own } from "./subscriber_words.js";

const COLUMN_MEANINGS = [["ignore", "not about consent"], ["unsubscribed", "yes or a date: unsubscribed"], ["bounced", "yes or a date: bounced"], ["complained", "yes or a date: complained"], ["subscribed", "no: unsubscribed"], ["confirmed", "no: not confirmed"]];
const STATES = ["unsubscribed", "bounced", "complained", "pending", "active"];
const answers = new Map(); // mappings as the option `--map` has them, by column and value

export const unclearMapping = () => [...answers.values()];

function choice(id, label, key, first, options, mapping) {
  const select = make("select", { id }, make("option", { value: "" }, first), options.map(([value, words]) => make("option", { value }, words)));
  select.value = options.map(([value]) => value).find(value => answers.get(key) === mapping(value)) ?? "";
  select.onchange = () => select.value ? answers.set(key, mapping(select.value)) : answers.delete(key);
  return make("div", {}, make("label", { for: id }, label), select);
}

/* Return the questions about columns. `check` is called once they are answered. */
export function unclearColumns(columns, check) {
  const form = make("form", {}, columns.map(({ name, unknown, values, more }, at) => make("fieldset", { class: "unclear" }, make("legend", {}, "Column ", own(name)),
    make("div", { class: "column-choices" },
      choice(`unclear-${at}`, "The column is", `column ${name}`, "about consent; its values mean:", unknown ? COLUMN_MEANINGS : COLUMN_MEANINGS.slice(0, 1), value => `${value}=${name}`),
      values.map(({ value, line }, index) => choice(`unclear-${at}-${index}`, [own(value || "(blank)"), ` in line ${line}`], `value ${name}:${value}`, "…", STATES.map(state => [state, state]), state => `${name}:${value}=${state}`))),
    more ? make("p", { class: "note" }, `and ${plural(more, "more value")}`) : null)),
  make("p", { class: "buttons" }, make("button", { class: "main" }, "Check again")));
  form.addEventListener("submit", event => {
    event.preventDefault();
    check();
  });
  return form;
}
