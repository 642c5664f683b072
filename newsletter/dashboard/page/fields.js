/* The fields of the forms, and their controls. */

import { imageButton } from "./image_upload.js";
import { make, sentence, withCode } from "./dom.js";
import { markdownToolbar } from "./markdown_toolbar.js";
import { state } from "./state.js";

export const ENTRY_FIELDS = [
  { name: "title", label: "Title" },
  { name: "url", label: "URL", type: "url" },
  { name: "comment", label: "Comment (Markdown)", rows: 7 },
  { name: "section", label: "Section" },
  { name: "image", label: "Image: its file or https address", image: true },
  { name: "image_alt", label: "Alternative text of the image" },
  { name: "image_credit", label: "Credit of the image" },
  { name: "source_title", label: "Source title", more: true },
  { name: "via", label: "Via: where you found it, a name or an address", more: true },
  { name: "sponsored", label: "Sponsor, if the entry is paid for: a name, or true", more: true },
  { name: "tags", label: "Tags, with commas between them", more: true },
  { name: "id", label: "Id, for links such as [text](@id)", more: true },
  { name: "language", label: "Language, if it is not that of the issue", more: true },
];
export const HIGHLIGHT_FIELDS = [{ name: "text", label: "Highlight (Markdown)", rows: 4 }];
export const ISSUE_FIELDS = [
  { name: "title", label: "Title" },
  { name: "subtitle", label: "Subtitle" },
  { name: "date", label: "Date", type: "date" },
  { name: "number", label: "Number", inputmode: "numeric" },
  { name: "subject", label: "Subject, if it is not the title" },
  { name: "preheader", label: "Preheader, shown after the subject in an inbox" },
  { name: "intro", label: "Intro, before the highlights (Markdown)", rows: 5 },
  { name: "outro", label: "Outro, after the last section (Markdown)", rows: 4 },
];

/* Return a field with its label, and the message about it if it must be fixed. */
export function fieldOf({ name, label, type, rows, image, inputmode }, value, problem) {
  const id = `field-${name}`, messageId = `${id}-problem`;
  const about = { id, name, "aria-invalid": problem ? "true" : false, "aria-describedby": problem ? messageId : false };
  const message = problem ? make("p", { class: "field-problem", id: messageId }, withCode(sentence(problem))) : null;
  return make("div", { class: image ? "field image" : "field" }, make("label", { for: id }, label), rows ? markdownToolbar(id, label.split(/[ ,]/)[0].toLowerCase()) : null, control(), image ? imageButton() : null, message);

  function control() {
    if (rows) return make("textarea", { ...about, rows, "data-markdown": true, "aria-autocomplete": "list" }, value);
    if (name === "section") return make("select", about, state.issue.outline.map(part => make("option", { value: part.section, selected: part.section === value }, part.label)));
    // A date that is not valid would be invisible in a date field.
    const kind = type === "date" && value && !/^\d{4}-\d\d-\d\d$/.test(value) ? "text" : type ?? "text";
    return make("input", { ...about, type: kind, value, inputmode: inputmode ?? false, autocomplete: "off", spellcheck: kind === "url" ? "false" : false });
  }
}
