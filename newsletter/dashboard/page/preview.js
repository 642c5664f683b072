"use strict";
/* The script of the dashboard: requests the issue each time a file changes, and updates only the nodes that differ. */

const VIEWS = ["email", "text", "medium", "web", "inbox", "checks", "source"];
const WIDTHS = ["phone", "tablet", "desktop"];
const SCHEMES = ["light", "dark", "gmail"];
const SEVERITIES = { error: "Errors", warning: "Warnings", information: "Information" };
const CHECK_DELAY = 800; // milliseconds without a change: checks take longer than rendering
const token = document.querySelector("meta[name=token]").content;
const $ = id => document.getElementById(id);

const slugInUrl = () => decodeURIComponent(location.pathname.split("/")[2] ?? "");
let slug = slugInUrl();
let issue = null; // the server's last response about the issue
let problems = []; // the findings of the last checks
let checkError = null; // why the checks could not run, or null
let view = "email";
let selected = null; // the selected entry: {section, index}
let editing = null; // the entry whose fields are open, with the version and values that they show
let openFinding = ""; // the key of the finding that is open
let shownIssues = ""; // the list of issues that is in the page, as JSON
let changes = null; // the stream of change events
let checkTimer = 0; // the timer of the next checks
let line = 0; // the highlighted line of the source, from 1; 0 if there is none

/* Build and update the page */

const flatten = children => children.flat(Infinity).filter(child => child !== null && child !== "");

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...flatten(children));
  return element;
}

/* Make one tree equal to another. Nodes that are equal stay, which keeps scroll positions, focus and loaded images. */
function morph(old, fresh) {
  if (old.isEqualNode(fresh) || old.dataset?.keep !== undefined && old.dataset.keep === fresh.dataset?.keep) return;
  if (old.nodeName !== fresh.nodeName) return old.replaceWith(fresh);
  if (old.nodeType !== Node.ELEMENT_NODE) return void (old.data = fresh.data);
  if (old.defaultValue !== fresh.defaultValue) old.value = fresh.value;
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const before = [...old.childNodes], after = [...fresh.childNodes];
  while (before.length && after.length && before[0].isEqualNode(after[0])) before.shift(), after.shift();
  let next = null;
  while (before.length && after.length && before.at(-1).isEqualNode(after.at(-1))) next = before.pop(), after.pop();
  const common = Math.min(before.length, after.length);
  for (let at = 0; at < common; at++) morph(before[at], after[at]);
  before.slice(common).forEach(node => node.remove());
  after.slice(common).forEach(node => old.insertBefore(node, next));
}

/* Turn text between backticks into code elements. */
const withCode = text => text.split(/`([^`]+)`/).map((part, at) => at % 2 ? make("code", {}, part) : part);

function show(element, ...children) {
  const fresh = element.cloneNode(false);
  fresh.append(...flatten(children));
  morph(element, fresh);
}

function showStatus(text, disconnected = false) {
  $("status").classList.toggle("disconnected", disconnected);
  $("status").textContent = text;
}

/* Show an error above the views, with buttons, or remove it if it is null. */
function showError(error, ...buttons) {
  show($("error"), error ? [make("b", {}, withCode(`${error.message}. `)), withCode(error.advice), buttons] : []);
}

const currentTime = () => new Date().toLocaleTimeString();
const titleText = title => title || "Untitled";

/* Requests to the server */

/* Send a GET request, or a POST request with data. The status is 0 if the server does not respond. */
async function request(path, data) {
  const options = data && {
    method: "POST", body: JSON.stringify(data), headers: { "X-Preview-Token": token, "Content-Type": "application/json" },
  };
  try {
    const response = await fetch(path, options);
    const body = response.headers.get("Content-Type")?.startsWith("application/json") ? await response.json() : {};
    if (!response.ok && !body.message) {
      [body.message, body.advice] = response.status === 403 ? ["The preview was restarted", "Reload this page."]
        : ["The preview failed", "See the terminal in which it runs."];
    }
    return { status: response.status, body };
  } catch {
    return { status: 0, body: { message: "The preview has stopped", advice: "Start it again with `newsletter preview`." } };
  }
}

/* Run a job one at a time. Calls during a run cause one more run after it. */
function coalesce(job) {
  let running = null, again = false;
  return function run() {
    again = true;
    running ??= (async () => {
      try {
        while (again) {
          again = false;
          await job();
        }
      } finally {
        running = null;
      }
    })();
    return running;
  };
}

const refresh = coalesce(async () => {
  if (!slug) return showNoIssue((await request("/api/issues")).body);
  const options = new FormData($("display"));
  const requested = slug;
  const { status, body } = await request(`/api/issues/${encodeURIComponent(requested)}?scheme=${options.get("scheme")}&images=${options.has("images") ? "on" : "off"}`);
  if (requested !== slug) return;
  if (status !== 200) {
    showError(body);
    if (status) showNoIssue((await request("/api/issues")).body);
    return;
  }
  const first = issue?.slug !== body.slug, changed = issue?.version !== body.version;
  issue = body;
  showIssue();
  showStatus(first ? "Live" : changed ? `Updated at ${currentTime()}` : $("status").textContent);
  if (first) showError(null);
  if (drag && changed) {
    endDrag();
    showError({ message: "The file changed while you were dragging", advice: "The entry was not moved. Drag it again." });
  }
  clearTimeout(checkTimer);
  checkTimer = setTimeout(recheck, first ? 0 : CHECK_DELAY);
});

const recheck = coalesce(async () => {
  const requested = slug;
  const { status, body } = await request(`/api/issues/${encodeURIComponent(requested)}/checks`);
  if (requested !== slug || !issue || !status) return;
  problems = status === 200 ? body : [];
  checkError = status === 200 ? null : body;
  showChecks();
  showSource();
});

/* Edits run one after another, since each starts from the result of the previous one. */
let queue = Promise.resolve();
const enqueue = job => queue = queue.then(job, job);

/* Send an edit. Returns the body of the response, or false if the edit failed. */
async function sendEdit(edit, version = issue.version) {
  const { status, body } = await request(`/api/issues/${encodeURIComponent(slug)}/edits`, { version, edit });
  const done = status === 200 || status === 204;
  showError(done || status === 409 ? null : body, status === 424 ? make("button", { type: "button", id: "add-unread" }, "Add only the link") : []);
  if (status === 409) showConflict(body);
  await refresh();
  return done && body;
}

/* The issue in the views */

function showIssue() {
  $("publication").textContent = issue.publication;
  const title = issue.outputs?.subject ?? issue.issues.find(each => each.slug === issue.slug)?.title ?? issue.slug;
  $("title").textContent = title;
  document.title = `${issue.slug} · ${issue.publication}`;
  showIssueList(issue.issues);
  $("add").hidden = $("undo").hidden = false;
  if (editing && !hasUnsavedChanges()) editing = entryAt(editing) ? { ...editing, version: issue.version, was: entryAt(editing) } : null;
  showIssueError();
  showOutline();
  const outputs = issue.outputs;
  $("copy-story").disabled = $("copy-markdown").disabled = !outputs;
  if (outputs) {
    fillFrame($("email-frame"), outputs.framed_email);
    fillFrame($("story-frame"), storyPage(outputs.framed_story));
    fillFrame($("page-frame"), outputs.page);
    if ($("text-part").textContent !== outputs.text) $("text-part").textContent = outputs.text;
    showSize(outputs);
    showInbox(outputs);
  } else {
    showPlaceholder("Nothing to show yet", "Fix the errors above, on this page or in your editor.");
  }
  showSource();
  updateMarkers();
}

function showIssueList(issues) {
  const list = JSON.stringify([slug, issues]);
  if (list === shownIssues) return;
  shownIssues = list;
  const options = issues.map(each =>
    make("option", { value: each.slug, selected: each.slug === slug }, each.title ? `${each.title}${each.status === "draft" ? " (draft)" : ""}` : `${each.slug} (cannot be read)`));
  show($("issue"), options);
  $("issue").value = slug;
  const at = issues.findIndex(each => each.slug === slug);
  $("older").disabled = at < 0 || at === issues.length - 1;
  $("newer").disabled = at <= 0;
}

/* Show that there is no issue, or that it cannot be shown. If it was shown before, that view stays. */
function showNoIssue(list) {
  if (list.issues?.length && !slug) return openIssue(list.issues[0].slug);
  $("publication").textContent = list.publication ?? "";
  showIssueList(list.issues ?? []);
  showStatus(slug ? "Live" : "Waiting for an issue");
  if (issue && issue.slug === slug) return;
  issue = selected = editing = null;
  $("title").textContent = document.title = "Preview";
  $("add").hidden = $("undo").hidden = true;
  $("count").textContent = "";
  for (const each of ["issue-error", "panel-checks", "source-lines"]) show($(each));
  if (slug) showPlaceholder("This issue does not exist", "Choose another issue above.");
  else showPlaceholder("No issues yet", "Create one with <code>newsletter new-issue</code>. It appears here automatically.");
  show($("outline"), make("p", { class: "note" }, "The entries of an issue appear here."));
}

/* Show a title and a text (HTML) instead of an issue. */
function showPlaceholder(title, text) {
  const page = `<html lang="en"><head><title>${title}</title><style>
:root { color-scheme: light dark } body { font: 16px/1.6 -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; display: grid; place-items: center; min-height: 80vh; margin: 0; text-align: center; color: #5c636b; background: #fff; padding: 20px }
h1 { font: bold 26px/1.3 Georgia, serif; color: #1f2328; margin: 0 } code { color: #1f2328 } p { max-width: 420px; margin: 8px auto }
</style></head><body><div><h1>${title}</h1><p>${text}</p></div></body></html>`;
  for (const frame of frames) fillFrame(frame, page);
  $("text-part").textContent = title;
  show($("panel-inbox"), make("p", { class: "note" }, title));
  $("size").textContent = "";
  $("meter").value = 0;
}

const storyPage = story => story.replace("</head>", `<style>
:root { color-scheme: light } html { background: #fff } body { margin: 0 auto; padding: 40px 24px 80px; max-width: 680px; font: 20px/1.6 Georgia, Cambria, "Times New Roman", serif; color: #242424; overflow-wrap: anywhere }
h1, h2 { font-family: -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; line-height: 1.25; letter-spacing: -.01em; margin: 1.6em 0 .4em } h1 { font-size: 26px } h2 { font-size: 21px } body > h1:first-child { font-size: 40px; margin-top: 0 }
p { margin: 1.1em 0 } a { color: inherit } hr { border: 0; text-align: center; margin: 2em 0 } hr::after { content: "···"; letter-spacing: .6em; font-size: 26px }
figure { margin: 2em 0; text-align: center } img { max-width: 100%; height: auto } figcaption { font: 14px/1.4 sans-serif; color: #5f5f5f; padding-top: 8px } blockquote { margin: 1.2em 0; padding-left: 20px; border-left: 3px solid #242424; font-style: italic }
.card a { display: block; border: 1px solid #d9d9d9; padding: 16px 20px; text-decoration: none; font: bold 16px/1.4 sans-serif } .card small { display: block; font-weight: normal; color: #5f5f5f; padding-top: 6px } .card span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
</style></head>`);

/* The frame's inIssue parser reads its document, so that the frame's Content-Security-Policy applies and not the page's. */
function fillFrame(frame, html) {
  const doc = frame.contentDocument;
  if (!doc) return void (frame.src = "/frame"); // The frame followed a link. It is filled once it has loaded its inIssue page again.
  doc.querySelectorAll("[data-preview]").forEach(marker => marker.remove());
  morph(doc.documentElement, new frame.contentWindow.DOMParser().parseFromString(html, "text/html").documentElement);
}

/* Draw a line, or a bar beside a box, over the document of a frame. */
function addMarker(frame, label, box, colour, background) {
  const doc = frame.contentDocument, element = doc.createElement("div");
  element.dataset.preview = label;
  Object.assign(element.style, {
    position: "absolute", left: "0", right: "0", top: `${box.top}px`, height: `${box.height}px`, zIndex: "9", pointerEvents: "none",
    boxSizing: "border-box", borderTop: box.height ? "" : `2px dashed ${colour}`, boxShadow: box.height ? `inset 4px 0 0 ${colour}` : "", background,
  });
  if (!box.height) {
    const caption = doc.createElement("span");
    caption.textContent = label;
    Object.assign(caption.style, { position: "absolute", right: "8px", top: "4px", font: "bold 14px/1.4 sans-serif", color: "#fff", background: colour, padding: "2px 8px", borderRadius: "4px" });
    element.append(caption);
  }
  doc.body.append(element);
}

/* Return an entry's heading in the email and its position in pixels, or null if it is not there. */
function entryBox(entry) {
  const doc = $("email-frame").contentDocument;
  const links = [...doc.querySelectorAll("a[href]")].filter(link => entry.links.includes(link.getAttribute("href")));
  const heading = (links.find(link => link.closest("h3")) ?? links.at(-1))?.closest("h3, p, td");
  if (!heading) return null;
  let last = heading;
  while (last.nextElementSibling && !last.nextElementSibling.matches("h1, h2, h3, [lang]")) last = last.nextElementSibling;
  const top = heading.getBoundingClientRect().top + doc.defaultView.scrollY;
  return { heading, top: top - 8, height: last.getBoundingClientRect().bottom + doc.defaultView.scrollY - top + 16 };
}

function updateMarkers(scroll = false) {
  const doc = $("email-frame").contentDocument;
  if (!doc?.body) return;
  doc.querySelectorAll("[data-preview]").forEach(element => element.remove());
  const clip = doc.querySelector("[data-clip]");
  if (clip) addMarker($("email-frame"), "Gmail clips the email here", { top: clip.getBoundingClientRect().top + doc.defaultView.scrollY, height: 0 }, "#a3161a", "none");
  const entry = selected && entryAt(selected);
  const box = entry && entryBox(entry);
  if (!box) return;
  addMarker($("email-frame"), "selected", box, "#b4430f", "rgb(180 67 15 / .08)");
  if (scroll) doc.defaultView.scrollTo({ top: Math.max(0, box.top - 60) });
}

function showSize(outputs) {
  const share = outputs.bytes / outputs.clip;
  $("meter").value = Math.min(1, share);
  const kilobytes = (outputs.bytes / 1000).toFixed(1);
  $("size").textContent = share > 1 ? `${kilobytes} KB: Gmail clips emails at ${outputs.clip / 1000} KB` : `${kilobytes} of ${outputs.clip / 1000} KB (Gmail’s limit)`;
}

function excerpt(problem, around = 0) {
  const lines = issue.text.split(/\r\n|[\r\n\u0085\u2028\u2029]/);
  const inIssue = problem.file === issue.file;
  const first = inIssue ? Math.max(1, problem.line - around) : problem.line;
  const shown = inIssue ? lines.slice(first - 1, problem.line + around) : [problem.source];
  const indents = shown.filter(text => text.trim()).map(text => text.search(/\S/));
  const indent = inIssue && around ? Math.min(...indents) : 0;
  return make("div", { class: "excerpt", tabindex: 0, role: "group", "aria-label": `${problem.file}, line ${problem.line}` },
    shown.map((text, at) => make("span", { class: first + at === problem.line ? "current" : false },
      make("i", {}, `${first + at}`), text.slice(indent) || " ")));
}

function showIssueError() {
  const error = issue.error;
  if (!error) return show($("issue-error"));
  const shown = issue.outputs ? "The last valid version is shown below." : "The issue appears here once it is valid.";
  show($("issue-error"),
    make("h2", {}, withCode(`${error.message}. ${error.advice}`.trim()), ` ${shown}`),
    error.problems.length ? make("ul", {}, error.problems.map(problem => make("li", {},
      problem.file === issue.file ? make("button", { type: "button", "data-line": problem.line }, `Line ${problem.line}`) : null,
      make("p", { class: "where" }, `${problem.file}:${problem.line}:${problem.column}`),
      make("p", {}, withCode(problem.message)),
      problem.source.trim() ? excerpt(problem) : null,
      problem.advice ? make("p", { class: "advice" }, withCode(problem.advice)) : null))) : null);
}

function showInbox(outputs) {
  const preheader = outputs.preheader || outputs.text.replace(/\s+/g, " ").trim().slice(0, 140);
  const day = new Date(`${outputs.date}T00:00:00`).toLocaleDateString(undefined, { day: "numeric", month: "short" });
  const avatar = () => make("span", { class: "avatar", "aria-hidden": "true" }, [...outputs.sender][0]);
  const bars = (...widths) => make("div", { class: "text" }, widths.map(width => make("span", { class: width })));
  const other = phone => make("li", { class: "mail placeholder", "aria-hidden": "true" }, phone ? [make("span", { class: "avatar" }), bars("w3", "w9", "w6")] : bars("w6"));
  const phone = make("li", { class: "mail" }, avatar(), make("div", { class: "text" },
    make("div", { class: "sender-line" }, make("p", { class: "sender" }, outputs.sender), make("span", { class: "when" }, day)),
    make("p", { class: "subject" }, outputs.subject), make("p", { class: "preheader" }, preheader)));
  const wide = make("li", { class: "mail" }, make("p", { class: "sender" }, outputs.sender),
    make("p", { class: "text" }, make("span", { class: "subject" }, outputs.subject), make("span", { class: "after" }, ` — ${preheader}`)),
    make("span", { class: "when" }, day));
  const count = text => `${[...text].length} characters`;
  show($("panel-inbox"),
    make("div", { class: "inboxes" },
      make("section", { class: "inbox wide" }, make("h2", {}, "On a desktop"), make("ul", {}, other(), wide, other(), other(), other())),
      make("section", { class: "inbox phone" }, make("h2", {}, "On a phone"), make("ul", {}, other(true), phone, other(true))),
      make("div", { class: "facts" },
        make("p", {}, make("b", {}, "Subject "), `${count(outputs.subject)}; phones show about the first 40.`),
        make("p", {}, make("b", {}, "Preheader "), outputs.preheader ? `${count(outputs.preheader)}; 40 to 140 are recommended.` : "is missing; an inbox shows the first words of the email instead."))));
}

function showChecks() {
  $("count").textContent = problems.length || "";
  if (checkError) {
    return show($("panel-checks"), make("div", { class: "result" }, make("b", {}, "Not checked"), withCode(`${checkError.message}. ${checkError.advice}`)));
  }
  const keyOf = problem => `${problem.file}:${problem.line}:${problem.column}:${problem.message}`;
  if (!problems.length) {
    return show($("panel-checks"), make("div", { class: "result" }, make("b", {}, "No problems found"), "The checks run again after each change."));
  }
  const groups = Object.keys(SEVERITIES).map(severity => [severity, problems.filter(problem => problem.severity === severity)]).filter(([, found]) => found.length);
  show($("panel-checks"), groups.map(([severity, found]) => {
    const rules = [...new Set(found.map(problem => problem.rule))];
    return make("section", { class: `group ${severity}` }, make("h2", {}, `${SEVERITIES[severity]} (${found.length})`),
      rules.map(rule => [rule ? make("h3", {}, rule) : null,
        make("ul", {}, found.filter(problem => problem.rule === rule).map(problem => {
          const open = keyOf(problem) === openFinding;
          return make("li", { class: "finding" },
            make("button", { type: "button", "aria-expanded": `${open}`, "data-finding": keyOf(problem) },
              make("span", {}, withCode(problem.message)),
              make("span", { class: "where" }, problem.file === issue.file ? `line ${problem.line}` : `${problem.file}:${problem.line}`)),
            open ? make("div", { class: "more" },
              problem.advice ? make("p", {}, withCode(problem.advice)) : null,
              excerpt(problem, 2),
              make("div", { class: "finding-buttons" },
                make("button", { type: "button", "data-line": problem.line }, "Show in the source"),
                selected ? make("button", { type: "button", "data-view": "email" }, "Show in the email") : null)) : null);
        }))]).flat());
  }));
}

/* Open a finding and select its entry, or close it if it is open. */
function toggleFinding(key) {
  openFinding = openFinding === key ? "" : key;
  const problem = problems.find(each => `${each.file}:${each.line}:${each.column}:${each.message}` === openFinding);
  const at = problem?.path.match(/^sections\.(\w+)\[(\d+)\]/);
  if (problem) {
    line = problem.file === issue.file ? problem.line : 0;
    selected = at ? { section: at[1], index: Number(at[2]) } : null;
  }
  showChecks();
  showOutline();
  showSource();
  updateMarkers(true);
}

function showSource() {
  if (view !== "source" || !issue) return;
  const messages = new Map(); // line number: set of messages
  for (const problem of [...(issue.error?.problems ?? []), ...problems]) {
    if (problem.file !== issue.file) continue;
    const onLine = messages.get(problem.line) ?? new Set();
    messages.set(problem.line, onLine.add(`${SEVERITIES[problem.severity].replace(/s$/, "")}: ${problem.message}`));
  }
  show($("source-lines"), issue.text.replace(/\r?\n$/, "").split(/\r\n|[\r\n\u0085\u2028\u2029]/).map((text, at) => {
    const [, space, dash, key, rest] = text.match(/^(\s*)(- )?([\w-]+:(?=\s|$))?(.*)$/);
    const code = make("code", {}, space + (dash ?? ""), key ? make("span", { class: "key" }, key) : "",
      rest.startsWith("#") ? make("span", { class: "comment" }, rest) : rest);
    const onLine = messages.get(at + 1);
    return make("li", { class: [onLine && "has-problem", at + 1 === line && "current"].filter(Boolean).join(" ") || false, id: `line-${at + 1}` },
      code, onLine ? make("p", { class: "line-messages" }, [...onLine].join(". ")) : null);
  }));
}

function showLine(number) {
  line = Number(number);
  chooseView("source");
  $(`line-${line}`)?.scrollIntoView({ block: "center" });
}

/* Views, issues and display options */

function chooseView(name, focus = false) {
  if (!VIEWS.includes(name)) return;
  view = name;
  const sideBySide = name === "checks";
  $("views").classList.toggle("side-by-side", sideBySide);
  for (const each of VIEWS) {
    $(`tab-${each}`).setAttribute("aria-selected", `${each === name}`);
    $(`tab-${each}`).tabIndex = each === name ? 0 : -1;
    $(`panel-${each}`).hidden = each !== name && !(sideBySide && each === "email");
  }
  if (focus) $(`tab-${name}`).focus();
  if (location.hash !== `#${name}`) history.replaceState(null, "", `#${name}`);
  showSource();
  updateMarkers();
}

const pathOf = issue => `/issues/${encodeURIComponent(issue)}#${view}`;

function openIssue(to, push = true) {
  if (!to || to === slug) return;
  if (warnIfUnsaved()) return void ($("issue").value = slug);
  slug = to;
  selected = editing = null;
  openFinding = "";
  line = 0;
  if (push) history.pushState(null, "", pathOf(to));
  for (const frame of frames) frame.contentDocument?.defaultView.scrollTo(0, 0);
  refresh();
}

function openNeighbour(by) {
  const issues = [...$("issue").options].map(option => option.value);
  openIssue(issues[issues.indexOf(slug) + by]);
}

function applyDisplay() {
  const options = new FormData($("display"));
  $("stage").dataset.width = options.get("width");
  localStorage.setItem("look", JSON.stringify({ width: options.get("width"), scheme: options.get("scheme"), images: options.has("images") }));
}

function chooseNext(name, values) {
  const inputs = $("display").elements;
  inputs[name].value = values[(values.indexOf(inputs[name].value) + 1) % values.length];
  $("display").dispatchEvent(new Event("change"));
}

function toggleEntries(open = document.body.classList.contains("entries-hidden")) {
  document.body.classList.toggle("entries-hidden", !open);
  $("entries-toggle").setAttribute("aria-expanded", `${open}`);
}

/* The entries panel */

const entryAt = at => issue?.outline.find(part => part.section === at.section)?.entries[at.index];
const same = (one, other) => one && other && one.section === other.section && one.index === other.index;
const positions = () => issue.outline.flatMap(part => part.entries.map((_, index) => ({ section: part.section, index })));
const rowOf = at => document.querySelector(`.entry[data-section="${at.section}"][data-index="${at.index}"]`);
const positionOf = element => {
  const row = element.closest(".entry");
  return row && { section: row.dataset.section, index: Number(row.dataset.index) };
};

function showOutline() {
  const names = [["", "Automatic section"], ...issue.outline.map(part => [part.section, part.label])].map(([value, label]) => make("option", { value }, label));
  if ($("section").options.length !== names.length || [...$("section").options].some((option, at) => option.text !== names[at].text)) $("section").replaceChildren(...names);
  show($("outline"), issue.outline.map((part, at) => make("section", { class: "section", "data-section": part.section },
    make("h3", {}, make("b", {}, `${at + 1}`), part.label),
    part.entries.length ? make("ol", {}, part.entries.map((entry, index) => showEntry(part.section, entry, index)))
      : make("p", { class: "none" }, "No entries"))));
}

function showEntry(section, entry, index) {
  const at = { section, index }, title = titleText(entry.title);
  const open = same(editing, at);
  return make("li", { class: `entry${same(selected, at) ? " selected" : ""}`, "data-section": section, "data-index": index },
    make("button", { type: "button", class: "handle", "aria-label": `Move “${title}”`, "aria-describedby": "handle-help", "aria-keyshortcuts": "ArrowUp ArrowDown" }),
    make("button", { type: "button", class: "select", "aria-pressed": `${Boolean(same(selected, at))}` }, make("b", {}, title), make("small", {}, entry.domain || entry.url)),
    make("button", { type: "button", class: "edit", "aria-label": `Edit “${title}”`, "aria-expanded": `${open}` }, "Edit"),
    open ? fieldsOf(entry, at) : null);
}

function fieldsOf(entry, at) {
  const title = make("input", { name: "title", value: entry.title });
  const comment = make("textarea", { name: "comment", rows: 7 }, entry.comment);
  const alt = entry.image ? make("label", {}, "Alternative text of the image", make("input", { name: "image_alt", value: entry.image_alt })) : null;
  return make("form", { class: "fields", "data-keep": `${at.section} ${at.index} ${editing.version}` },
    make("label", {}, "Title", title), make("label", {}, "Comment (Markdown)", comment), alt,
    make("div", { class: "buttons" }, make("button", { class: "main" }, "Save"), make("button", { type: "button", class: "cancel" }, "Cancel")));
}

function selectEntry(at, scroll = true) {
  selected = at;
  showOutline();
  updateMarkers(scroll);
}

function edit(at) {
  if (!at || !entryAt(at) || warnIfUnsaved()) return;
  toggleEntries(true);
  editing = { ...at, version: issue.version, was: entryAt(at) };
  selectEntry(at);
  rowOf(at).querySelector("[name=title]").focus();
}

function closeFields() {
  const at = editing;
  showError(null);
  editing = null;
  showOutline();
  rowOf(at)?.querySelector(".edit").focus();
}

const changedValues = form => Object.fromEntries([...form.querySelectorAll("[name]")].map(field => [field.name, field.value]).filter(([name, value]) => value !== editing.was[name]));

function hasUnsavedChanges() {
  const form = document.querySelector(".fields");
  return Boolean(form && editing && Object.keys(changedValues(form)).length);
}

/* Return whether there are unsaved changes, which the next action would discard. If so, show a message. */
function warnIfUnsaved() {
  if (!hasUnsavedChanges()) return false;
  showError({ message: `“${titleText(editing.was.title)}” has unsaved changes`, advice: "Save them, or discard them with `Esc`." });
  document.querySelector(".fields [name=title]").focus();
  return true;
}

async function save(form) {
  const fields = changedValues(form), at = editing, changed = Object.keys(fields).length;
  if (changed && !await sendEdit({ kind: "write", entry: { section: at.section, index: at.index }, fields }, at.version)) return;
  if (changed) showStatus("Saved");
  closeFields();
}

async function move(from, to) {
  if (!to || same(from, to) || !entryAt(from) || warnIfUnsaved()) return;
  const title = titleText(entryAt(from).title);
  if (!await sendEdit({ kind: "move", entry: from, to })) return;
  editing = null;
  selectEntry(to, false);
  rowOf(to)?.querySelector(".handle").focus();
  const part = issue.outline.find(each => each.section === to.section);
  showStatus(`“${title}” is now ${to.index + 1} of ${part.entries.length} in ${part.label}`);
}

/* Return the position one up or down, in the next section if this one ends; undefined at the end of the issue. */
function neighbour(at, by) {
  const parts = issue.outline, part = parts.findIndex(each => each.section === at.section), index = at.index + by;
  if (index >= 0 && index < parts[part].entries.length) return { section: at.section, index };
  const next = parts[part + by];
  return next && { section: next.section, index: by < 0 ? next.entries.length : 0 };
}

let unread = null; // the link and section of a page that could not be read

async function add(url, section = $("section").value, read = true) {
  if (!url.trim()) return;
  if (read) showStatus("Fetching the page …");
  unread = { url, section };
  const added = await sendEdit({ kind: "add", url: url.trim(), section: section || null, read });
  if (!added) return showStatus("Live");
  $("url").value = "";
  const entries = issue.outline.find(part => part.section === added.section).entries;
  showStatus("Added");
  edit({ section: added.section, index: entries.findLastIndex(entry => entry.url === added.url) });
}

async function undo() {
  const done = await sendEdit({ kind: "undo" });
  if (done) showStatus("Undone");
}

/* Drag entries with a mouse, a pen or a finger */

let drag = null;

/* Return where a dragged entry would be dropped: the element to highlight, and the position in the issue. */
function dropTarget(event) {
  const element = document.elementFromPoint(event.clientX, event.clientY), row = element?.closest(".entry");
  if (row) {
    const box = row.getBoundingClientRect(), after = event.clientY > box.top + box.height / 2;
    return { element: row, after, section: row.dataset.section, index: Number(row.dataset.index) + Number(after) };
  }
  const none = element?.closest(".section")?.querySelector(".none");
  return none && { element: none, after: false, section: none.closest(".section").dataset.section, index: 0 };
}

function clearDropTarget() {
  document.querySelectorAll(".drop-before, .drop-after").forEach(each => each.classList.remove("drop-before", "drop-after"));
}

function endDrag() {
  clearDropTarget();
  drag?.row.classList.remove("dragged");
  drag = null;
}

$("outline").addEventListener("pointerdown", event => {
  const handle = event.target.closest(".handle");
  if (!handle || event.button) return;
  handle.setPointerCapture(event.pointerId);
  drag = { from: positionOf(handle), row: handle.closest(".entry"), to: null };
});
$("outline").addEventListener("pointermove", event => {
  if (!drag) return;
  drag.row.classList.add("dragged");
  clearDropTarget();
  drag.to = dropTarget(event);
  drag.to?.element.classList.add(drag.to.after ? "drop-after" : "drop-before");
});
$("outline").addEventListener("pointerup", () => {
  if (!drag) return;
  const { from, to } = drag;
  endDrag();
  if (!to) return;
  // The entry itself no longer counts once it is moved.
  const index = to.section === from.section && to.index > from.index ? to.index - 1 : to.index;
  enqueue(() => move(from, { section: to.section, index }));
});
$("outline").addEventListener("pointercancel", endDrag);

/* Conflicts: the file changed on disk since the page showed it */

function showConflict(conflict) {
  $("conflict-message").textContent = `${conflict.message}. ${conflict.advice}`;
  const row = ([kind, theirs, mine]) => make("tr", { class: kind }, kind === "gap" ? make("td", { colspan: 2 }, "…") : [theirs, mine].map(text => make("td", {}, kind === "changed" && text ? make("mark", {}, text) : text)));
  $("versions").replaceChildren(make("table", {},
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "On disk"), make("th", { scope: "col" }, "Your version"))),
    make("tbody", {}, conflict.rows.map(row))));
  $("keep-mine").onclick = async () => {
    $("conflict").close();
    editing = null;
    if (await sendEdit({ kind: "replace", text: conflict.mine }, conflict.version)) showStatus("Your version was saved");
  };
  $("conflict").showModal();
}

$("keep-theirs").onclick = () => {
  $("conflict").close();
  editing = null;
  showOutline();
  showStatus("The version on disk was kept");
};

/* Clipboard */

async function copy(item, done) {
  try {
    await navigator.clipboard.write([new ClipboardItem(item)]);
    showStatus(done);
  } catch {
    showError({ message: "The browser blocked copying", advice: "Allow this page to use the clipboard, then try again." });
  }
}

$("copy-story").onclick = () => copy({
  "text/html": new Blob([issue.outputs.story], { type: "text/html" }), "text/plain": new Blob([issue.outputs.markdown], { type: "text/plain" }),
}, "Copied for Medium");
$("copy-markdown").onclick = () => copy({ "text/plain": new Blob([issue.outputs.markdown], { type: "text/plain" }) }, "Copied as Markdown");

/* Input from the author */

const inField = element => element.closest?.("input:not([type=radio], [type=checkbox]), textarea, select");
const SHORTCUTS = {
  "[": () => openNeighbour(1), "]": () => openNeighbour(-1), w: () => chooseNext("width", WIDTHS), c: () => chooseNext("scheme", SCHEMES),
  i: () => $("display").elements.images.click(), d: () => toggleEntries(), u: () => enqueue(undo), "?": () => $("help").showModal(),
  n: () => (toggleEntries(true), $("url").focus()), e: () => edit(selected ?? positions()[0]), j: () => selectNext(1), k: () => selectNext(-1),
};

function selectNext(by) {
  const all = positions(), at = all.findIndex(position => same(position, selected));
  const to = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  if (!to) return;
  selectEntry(to);
  rowOf(to).querySelector(".select").focus();
}

function onKey(event) {
  const focused = event.target, handle = focused.closest?.(".handle"), row = focused.closest?.(".entry");
  if (document.querySelector("dialog[open]")) return;
  const arrow = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (arrow && (handle || event.altKey && (row && !inField(focused) || selected && !inField(focused)))) {
    event.preventDefault();
    return void enqueue(() => {
      const from = positionOf(document.activeElement) ?? selected;
      return move(from, neighbour(from, arrow));
    });
  }
  const form = focused.closest?.(".fields");
  if (form && event.key === "Escape") return closeFields();
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) return form.requestSubmit();
  if (drag && event.key === "Escape") return endDrag();
  if (event.ctrlKey || event.metaKey || event.altKey || inField(focused) || !$("shortcuts").checked || !issue) return;
  const action = event.key >= "1" && event.key <= `${VIEWS.length}` ? () => chooseView(VIEWS[event.key - 1], true) : SHORTCUTS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function onPaste(event) {
  const text = event.clipboardData.getData("text/plain").trim();
  if (inField(event.target) || !/^https?:\/\/\S+$/.test(text) || !issue) return;
  event.preventDefault();
  add(text);
}

document.addEventListener("keydown", onKey);
document.addEventListener("paste", onPaste);
document.addEventListener("click", event => {
  const on = selector => event.target.closest(selector);
  let found;
  if ((found = on("[role=tab]"))) chooseView(found.id.slice(4));
  else if ((found = on("[data-line]"))) showLine(found.dataset.line);
  else if ((found = on("[data-view]"))) chooseView(found.dataset.view, true);
  else if ((found = on("[data-finding]"))) toggleFinding(found.dataset.finding);
  else if ((found = on(".entry .select"))) selectEntry(positionOf(found));
  else if ((found = on(".entry .edit"))) same(editing, positionOf(found)) ? closeFields() : edit(positionOf(found));
  else if ((found = on(".fields .cancel"))) closeFields();
});
document.querySelector("[role=tablist]").addEventListener("keydown", event => {
  const at = VIEWS.indexOf(view), to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined || event.altKey) return;
  event.preventDefault();
  chooseView(VIEWS.at(to % VIEWS.length), true);
});
$("outline").addEventListener("submit", event => {
  event.preventDefault();
  enqueue(() => save(event.target));
});
$("add").addEventListener("submit", event => {
  event.preventDefault();
  add($("url").value);
});
$("error").addEventListener("click", event => {
  if (event.target.id === "add-unread") add(unread.url, unread.section, false);
});
$("display").addEventListener("change", () => {
  applyDisplay();
  refresh();
});
$("issue").onchange = () => openIssue($("issue").value);
$("older").onclick = () => openNeighbour(1);
$("newer").onclick = () => openNeighbour(-1);
$("undo").onclick = () => enqueue(undo);
$("entries-toggle").onclick = () => toggleEntries();
$("help-open").onclick = () => $("help").showModal();
$("shortcuts").onchange = () => localStorage.setItem("keys", $("shortcuts").checked ? "on" : "off");
addEventListener("popstate", () => {
  const to = slugInUrl();
  openIssue(to, false);
  if (to === slug) chooseView(location.hash.slice(1) || "email");
  else history.pushState(null, "", pathOf(slug));
});
addEventListener("beforeunload", event => warnIfUnsaved() && event.preventDefault());
addEventListener("resize", () => updateMarkers());
const narrow = matchMedia("(max-width: 860px)");
narrow.onchange = () => toggleEntries(!narrow.matches);

/* Make shortcuts and pasting work in a frame as outside. Links open in a new tab, except those within the email. */
function addFrameListeners(frame) {
  const doc = frame.contentDocument;
  doc.addEventListener("keydown", onKey);
  doc.addEventListener("paste", onPaste);
  doc.addEventListener("click", onLink);
}

function onLink(event) {
  const href = event.target.closest("a[href]")?.getAttribute("href");
  if (!href || href.startsWith("#")) return;
  event.preventDefault();
  if (/^https?:/i.test(href)) open(href, "_blank", "noopener,noreferrer");
}

function start() {
  const saved = JSON.parse(localStorage.getItem("look") ?? "{}"), inputs = $("display").elements;
  if (WIDTHS.includes(saved.width)) inputs.width.value = saved.width;
  if (SCHEMES.includes(saved.scheme)) inputs.scheme.value = saved.scheme;
  inputs.images.checked = saved.images ?? true;
  $("shortcuts").checked = localStorage.getItem("keys") !== "off";
  applyDisplay();
  toggleEntries(!narrow.matches);
  chooseView(VIEWS.includes(location.hash.slice(1)) ? location.hash.slice(1) : "email");
  followChanges();
  document.addEventListener("visibilitychange", followChanges);
}

/* Wait for changes only while the page is visible: a browser opens at most six connections to a server. */
function followChanges() {
  changes?.close();
  if (document.hidden) return;
  changes = new EventSource("/api/changes");
  changes.onmessage = refresh;
  changes.onerror = () => showStatus("The preview has stopped. Reconnecting …", true);
  changes.onopen = () => $("status").classList.contains("disconnected") && showStatus("Live");
}

const frames = [$("email-frame"), $("story-frame"), $("page-frame")];
Promise.all(frames.map(frame => new Promise(done => {
  const ready = () => (addFrameListeners(frame), done());
  if (frame.contentDocument?.readyState === "complete" && frame.contentDocument.URL.endsWith("/frame")) ready();
  frame.addEventListener("load", () => {
    if (!frame.contentDocument) return;
    ready();
    if (issue) showIssue();
  });
}))).then(start);
