/* The dialog that adds a subscriber. */

import { showProblem } from "./dialogs.js";
import { make, show } from "./dom.js";
import { request } from "./server.js";
import { field } from "./subscriber_words.js";

const NEEDS_REQUEST = 423; // the address is on the list or suppressed: see `AddAgainError`

/* Open the dialog. `added` is called with the new subscriber. */
export function openAddDialog(added) {
  const problem = make("p", { class: "problem", role: "alert" });
  const again = make("label", { class: "checkbox", hidden: true }, make("input", { type: "checkbox", name: "again" }), " The person has asked to get the newsletter");
  const button = make("button", { class: "main" }, "Add");
  const text = (name, more = {}) => make("input", { id: `add-${name}`, name, autocomplete: "off", ...more });
  const form = make("form", { class: "dialog-form", novalidate: true }, make("h2", { id: "add-title" }, "Add a subscriber"),
    field("add-address", "Address", text("address", { type: "email", spellcheck: "false", required: true })),
    field("add-consent", "Where the consent came from", text("consent", { required: true, "aria-describedby": "add-consent-hint" }), "Such as “asked me at PyCon, 2023-04-21”. It is stored with today’s date."),
    field("add-name", "Name (optional)", text("name")),
    field("add-language", "Language (optional), such as ja", text("language", { spellcheck: "false" })),
    field("add-tags", "Tags (optional), separated by commas", text("tags")),
    problem, again,
    make("p", { class: "buttons" }, button, make("button", { type: "button", "data-close": true }, "Cancel")));
  const dialog = make("dialog", { "aria-labelledby": "add-title" }, form);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async event => {
    event.preventDefault();
    show(problem);
    button.disabled = true;
    const { again: asked, ...values } = Object.fromEntries(new FormData(form));
    const { status, body } = await request("/api/subscribers", { ...values, again: Boolean(asked) });
    button.disabled = false;
    if (status !== 200) {
      if (status === NEEDS_REQUEST) again.hidden = false;
      return showProblem(problem, body);
    }
    dialog.close();
    added(body);
  });
  dialog.showModal();
}
