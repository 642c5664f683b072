/* The options of an import: consent, tags, state, encoding, and what each column means. */

import { $, make } from "./dom.js";
import { field, own } from "./subscriber_words.js";

/* What a column can mean, besides what its name says. */
const MEANINGS = [
  ["", "as its name says"],
  ["email", "the address"], ["name", "the name"], ["first_name", "the first name"], ["last_name", "the last name"],
  ["language", "the language"], ["tags", "tags"], ["state", "the state, in words"], ["joined", "the date of consent"],
  ["unsubscribed", "yes or a date: unsubscribed"], ["bounced", "yes or a date: bounced"], ["complained", "yes or a date: complained"],
  ["subscribed", "no: unsubscribed"], ["confirmed", "no: not confirmed"], ["ignore", "not about consent"],
];
const ENCODINGS = ["utf-8", "utf-16", "cp1252", "cp1250", "cp1251", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr", "koi8_r", "mac_roman"];
const STATES = ["unsubscribed", "bounced", "complained", "pending"];

const choices = (id, first, values) => make("select", { id }, make("option", { value: "" }, first), values.map(value => make("option", { value }, value)));

export const optionsForm = header => make("form", { id: "import-form", class: "import-form", novalidate: true },
  field("consent", "Where the consent came from", make("input", { id: "consent", autocomplete: "off", "aria-describedby": "consent-hint" }), "Such as “moved from Revue, 2023-01”. It is stored with each new subscriber."),
  make("div", { class: "import-fields" },
    field("import-state", "State of everybody in the file", choices("import-state", "as the file says", STATES)),
    field("import-tags", "Tags for everybody (optional)", make("input", { id: "import-tags", autocomplete: "off" })),
    field("encoding", "Encoding of the file", choices("encoding", "detected", ENCODINGS))),
  make("details", {}, make("summary", {}, `Columns (${header.length})`),
    make("div", { class: "column-choices" }, header.map((name, at) => make("div", {},
      make("label", { for: `column-${at}` }, name ? own(name) : "(without a name)"),
      make("select", { id: `column-${at}`, "data-column": name }, MEANINGS.map(([value, words]) => make("option", { value }, words))))))),
  make("p", {}, make("button", { class: "main" }, "Show what would change")));

export const optionValues = () => ({ consent: $("consent").value, state: $("import-state").value, tags: $("import-tags").value, encoding: $("encoding").value });

/* Return the meanings that were chosen, as the option `--map` has them. */
export const columnsMapping = () => [...document.querySelectorAll("[data-column]")].filter(select => select.value).map(select => `${select.value}=${select.dataset.column}`);

/* Show options that were used before the page was loaded. */
export function fillOptions(options) {
  if (!options) return;
  $("consent").value = options.consent;
  $("import-state").value = options.state;
  $("import-tags").value = options.tags;
  $("encoding").value = options.encoding;
  for (const select of document.querySelectorAll("[data-column]")) {
    const found = MEANINGS.find(([value]) => value && options.mapping.includes(`${value}=${select.dataset.column}`));
    if (found) select.value = found[0];
  }
}
