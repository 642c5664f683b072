/* The list of subscribers: its counts, the search, and its pages. The search and the filter are in the URL. */

import { openAddDialog } from "./add_subscriber.js";
import { $, make, sentence, show, withCode } from "./dom.js";
import { number, plural } from "./format.js";
import { showStatus } from "./messages.js";
import { figureOf } from "./plots.js";
import { request } from "./server.js";
import { dayOf, own, stateBadge, STATES, statesAsWords } from "./subscriber_words.js";
import { emptyState, load, showViewError } from "./view.js";

let asked = 0; // counts the requests for a page: a late response is not shown
let shown = []; // the subscribers in the table
let language = ""; // that of the publication

const selection = () => new URLSearchParams(["search", "filter"].map(name => [name, $(name).value.trim()]).filter(([, value]) => value));
const withSelection = path => `${path}${selection().size ? `?${selection()}` : ""}`;

function buildPage() {
  const text = (id, more) => make("input", { id, type: "search", autocomplete: "off", spellcheck: "false", ...more });
  show($("content"),
    make("div", { id: "notice" }),
    make("ul", { id: "totals", class: "totals" }),
    make("p", { class: "actions" },
      make("button", { type: "button", class: "main", id: "add-open", "aria-haspopup": "dialog" }, "Add a subscriber"),
      make("a", { class: "button", href: "/subscribers/import" }, "Import a list"),
      make("a", { class: "button", id: "export", href: "/api/subscribers/subscribers.csv", download: true }, "Export as CSV")),
    make("div", { id: "growth" }),
    make("form", { id: "search-form", class: "search-form", role: "search" },
      make("div", { class: "field" }, make("label", { for: "search" }, "Address or name"), text("search")),
      make("div", { class: "field" }, make("label", { for: "filter" }, "Filter, such as ", make("code", {}, "tag:beta -language:ja")), text("filter", { "aria-describedby": "list-problem" })),
      make("button", {}, "Search")),
    make("details", { id: "segments", class: "segments" }, make("summary", {}, "Tags, languages and dates"), make("div", { id: "segment-list" })),
    make("p", { id: "list-problem", class: "problem", role: "alert" }),
    make("p", { id: "list-counts", class: "list-counts", role: "status" }),
    make("div", { id: "list" }),
    make("p", { class: "buttons" }, make("button", { type: "button", id: "more", hidden: true }, "Show more")));
  const parameters = new URLSearchParams(location.search);
  for (const name of ["search", "filter"]) $(name).value = parameters.get(name) ?? "";
  let waiting = 0;
  $("search-form").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(showList, 300);
  });
  $("search-form").addEventListener("submit", event => {
    event.preventDefault();
    clearTimeout(waiting);
    showList();
  });
  $("more").onclick = showMore;
  $("add-open").onclick = () => openAddDialog(added);
}

/* Add a condition to the filter, or remove it. */
function toggleCondition(condition) {
  const conditions = $("filter").value.trim().match(/(?:"[^"]*"|\S)+/g) ?? [];
  const without = conditions.filter(each => each !== condition);
  // Conditions on the state exclude each other.
  const kept = condition.startsWith("state:") ? without.filter(each => !each.startsWith("state:")) : without;
  $("filter").value = (without.length < conditions.length ? without : [...kept, condition]).join(" ");
  showList();
}

const conditionButton = (condition, words, count) => make("button", { type: "button", class: "chip", "data-condition": condition }, words, " ", make("b", {}, number(count)));
const quoted = value => /[\s,"]/.test(value) ? `"${value}"` : value;

function showOverview(overview) {
  language = overview.language;
  const total = Object.values(overview.states).reduce((sum, count) => sum + count, 0);
  const suppressed = Object.values(overview.suppressions).reduce((sum, count) => sum + count, 0);
  if (!total && !suppressed) return showEmpty();
  if (!$("totals")) buildPage();
  show($("totals"), STATES.map(state => make("li", { class: state }, make("button", { type: "button", "data-condition": `state:${state}` },
    make("b", {}, number(overview.states[state] ?? 0)), make("span", {}, state)))));
  show($("notice"), overview.unfinished.map(({ file }) => make("div", { class: "view-error" },
    make("p", {}, make("b", {}, "An import was not finished. "), "A part of the list is missing. Import the same file again. If the list is complete, delete ", make("code", {}, file), "."))));
  show($("segment-list"),
    overview.tags.length ? make("div", { class: "chips", role: "group", "aria-label": "Tags" }, overview.tags.map(({ tag, count }) => conditionButton(`tag:${quoted(tag)}`, own(tag), count))) : null,
    make("div", { class: "chips", role: "group", "aria-label": "Languages" }, overview.languages.map(each => conditionButton(`language:${each.language || language}`, each.language || `${language} (the publication’s)`, each.count))),
    make("p", { class: "note" }, withCode("All conditions must match. `domain:example.org` matches addresses, `since:2023-01-31` and `before:2024-01-01` the days on which people joined. A hyphen negates a condition. The same filters select who gets an issue: `newsletter send --to`.")),
    suppressed ? make("p", { class: "note" }, `${plural(suppressed, "address is", "addresses are")} suppressed and never mailed: `,
      Object.entries(overview.suppressions).map(([reason, count]) => `${number(count)} ${reason}`).join(", "), ".") : null);
  showList();
}

function showEmpty() {
  show($("content"), emptyState("No subscribers yet", "Import the list that you have, or add a subscriber. Readers can subscribe themselves once `newsletter serve` runs.",
    make("span", { class: "actions" }, make("a", { class: "button main", href: "/subscribers/import" }, "Import a list"),
      make("button", { type: "button", id: "add-open", "aria-haspopup": "dialog" }, "Add a subscriber"))));
  $("add-open").onclick = () => openAddDialog(() => location.reload());
}

const rowOf = one => make("tr", {},
  make("th", { scope: "row" }, make("a", { href: `/subscribers/${one.id}` }, own(one.email)), one.name ? make("small", {}, own(one.name)) : null),
  make("td", {}, stateBadge(one.state)),
  make("td", { class: "wide" }, one.tags.map(tag => make("span", { class: "tag" }, own(tag)))),
  make("td", { class: "wide" }, one.language || make("span", { class: "note" }, language)),
  make("td", { class: "wide" }, dayOf(one.created_at)));

function showTable() {
  show($("list"), shown.length ? make("table", { class: "list-table", "aria-label": "Subscribers" },
    make("thead", {}, make("tr", {}, ["Address", "State", "Tags", "Language", "Since"].map((words, at) => make("th", { scope: "col", class: at > 1 && "wide" }, words)))),
    make("tbody", {}, shown.map(rowOf))) : null);
}

/* Show the first page of the subscribers that match. */
async function showList() {
  const turn = ++asked;
  for (const button of document.querySelectorAll("[data-condition]")) {
    button.setAttribute("aria-pressed", ` ${$("filter").value.trim()} `.includes(` ${button.dataset.condition} `));
  }
  history.replaceState(null, "", withSelection("/subscribers"));
  $("export").href = withSelection("/api/subscribers/subscribers.csv");
  const found = await page(turn);
  if (!found) return;
  shown = found.subscribers;
  showTable();
  const total = Object.values(found.counts).reduce((sum, count) => sum + count, 0);
  $("list-counts").textContent = found.note || (!selection().size ? "" : total ? `${plural(total, "subscriber")} match${total === 1 ? "es" : ""}: ${statesAsWords(found.counts)}.` : "No subscriber matches.");
}

async function showMore() {
  const turn = ++asked, first = shown.length;
  const found = await page(turn, shown.at(-1).id);
  if (!found) return;
  shown = [...shown, ...found.subscribers];
  showTable();
  $("list").querySelectorAll("tbody a")[first]?.focus();
}

/* Request a page of the list. Returns null if another page was requested meanwhile, or if it fails, with a message. */
async function page(turn, before) {
  const parameters = selection();
  if (before) parameters.set("before", before);
  const { status, body } = await request(`/api/subscribers?${parameters}`);
  if (turn !== asked) return null;
  show($("list-problem"), status === 200 ? [] : [make("b", {}, withCode(`${sentence(body.message)}. `)), withCode(body.advice)]);
  if (status !== 200 && !before) {
    $("list-counts").textContent = "";
    show($("list"));
  }
  $("more").hidden = status !== 200 || !body.more;
  return status === 200 ? body : null;
}

/* Show how the list grew. It takes longer than the list, which does not wait for it. */
async function showGrowth() {
  const { status, body } = await request("/api/subscribers/growth");
  if ($("growth")) show($("growth"), status === 200 ? body.svg ? figureOf(body) : [] : make("p", { class: "note" }, withCode(`${sentence(body.message)}. ${body.advice}`)));
}

async function added({ id, address }) {
  await load("/api/subscribers/overview", showOverview);
  showViewError(null);
  showStatus(`Added ${address}`);
  if (id) location.assign(`/subscribers/${id}`);
}

document.addEventListener("click", event => {
  const condition = event.target.closest("[data-condition]")?.dataset.condition;
  if (condition) toggleCondition(condition);
});
if (await load("/api/subscribers/overview", showOverview)) showGrowth();
