"use strict";
/* The page of the preview: asks for the issue whenever a file has changed, and changes only what is different. */

const PANES = ["email", "text", "medium", "web", "inbox", "checks", "source"];
const WIDTHS = ["phone", "tablet", "desktop"];
const SCHEMES = ["light", "dark", "gmail"];
const SEVERITIES = { error: "Errors", warning: "Warnings", information: "Information" };
const CHECKED_AFTER = 800; // milliseconds without a saving: checking takes longer than rendering
const token = document.querySelector("meta[name=token]").content;
const $ = id => document.getElementById(id);

const slugInAddress = () => decodeURIComponent(location.pathname.split("/")[2] ?? "");
let slug = slugInAddress();
let issue = null; // what the server last said of the issue
let problems = []; // what the checks last found
let unchecked = null; // why they could not look
let pane = "email";
let picked = null; // the entry that is chosen: {section, index}
let editing = null; // the entry whose fields are open, and the version that they were read from
let finding = ""; // the finding that is open
let choices = ""; // the list of issues as it stands in the page
let changes = null; // the stream that tells of changes
let checking = 0; // the timer of the next checking
let line = 0; // the line of the source that is shown, from 1

/* Building and changing the page */

const listed = children => children.flat(Infinity).filter(child => child !== null && child !== "");

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...listed(children));
  return element;
}

/* Make one tree equal to another and keep every node that can stay: with it stay scrolling, focus and loaded images. */
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

/* Words between backticks, as code. */
const coded = text => text.split(/`([^`]+)`/).map((part, at) => at % 2 ? make("code", {}, part) : part);

function show(element, ...children) {
  const fresh = element.cloneNode(false);
  fresh.append(...listed(children));
  morph(element, fresh);
}

function say(words, away = false) {
  $("said").classList.toggle("away", away);
  $("said").textContent = words;
}

function trouble(told) {
  show($("trouble"), told ? [make("b", {}, coded(`${told.message}. `)), coded(told.advice)] : []);
}

const clock = () => new Date().toLocaleTimeString();
const words = title => title || "Untitled";

/* Asking the server */

async function ask(path, order) {
  const options = order && {
    method: "POST", body: JSON.stringify(order), headers: { "X-Preview-Token": token, "Content-Type": "application/json" },
  };
  try {
    const response = await fetch(path, options);
    const said = response.headers.get("Content-Type")?.startsWith("application/json") ? await response.json() : {};
    if (!response.ok && !said.message) {
      [said.message, said.advice] = response.status === 403 ? ["The preview was started again", "Reload this page."]
        : ["The preview failed", "Its terminal says more."];
    }
    return { status: response.status, said };
  } catch {
    return { status: 0, said: { message: "The preview has ended", advice: "Start it again with `newsletter preview`." } };
  }
}

/* One asking at a time; whatever changes meanwhile is asked for once, at the end. */
function single(job) {
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

const refresh = single(async () => {
  if (!slug) return showEmpty((await ask("/api/issues")).said);
  const look = new FormData($("look"));
  const asked = slug;
  const { status, said } = await ask(`/api/issues/${encodeURIComponent(asked)}?scheme=${look.get("scheme")}&images=${look.has("images") ? "on" : "off"}`);
  if (asked !== slug) return;
  if (status !== 200) {
    trouble(said);
    if (status) showEmpty((await ask("/api/issues")).said);
    return;
  }
  const first = issue?.slug !== said.slug, changed = issue?.version !== said.version;
  issue = said;
  showIssue();
  say(first ? "Live" : changed ? `Updated at ${clock()}` : $("said").textContent);
  if (first) trouble(null);
  if (drag && changed) {
    endDrag();
    trouble({ message: "The file has changed while you dragged", advice: "Nothing was moved. Drag it once more." });
  }
  clearTimeout(checking);
  checking = setTimeout(recheck, first ? 0 : CHECKED_AFTER);
});

const recheck = single(async () => {
  const asked = slug;
  const { status, said } = await ask(`/api/issues/${encodeURIComponent(asked)}/checks`);
  if (asked !== slug || !issue || !status) return;
  problems = status === 200 ? said : [];
  unchecked = status === 200 ? null : said;
  showChecks();
  showSource();
});

/* One edit at a time: each begins from what the one before has made. */
let turn = Promise.resolve();
const inTurn = job => turn = turn.then(job, job);

async function order(edit, version = issue.version) {
  const { status, said } = await ask(`/api/issues/${encodeURIComponent(slug)}/edits`, { version, edit });
  const done = status === 200 || status === 204;
  trouble(done || status === 409 ? null : said);
  if (status === 409) showConflict(said);
  await refresh();
  return done && said;
}

/* The issue in its views */

function showIssue() {
  $("publication").textContent = issue.publication;
  const title = issue.prints?.subject ?? issue.issues.find(each => each.slug === issue.slug)?.title ?? issue.slug;
  $("title").textContent = title;
  document.title = `${issue.slug} · ${issue.publication}`;
  showChoices(issue.issues);
  $("add").hidden = $("undo").hidden = false;
  if (editing && !dirty()) editing = entryAt(editing) ? { ...editing, version: issue.version, was: entryAt(editing) } : null;
  showFault();
  showOutline();
  const prints = issue.prints;
  $("copy-story").disabled = $("copy-markdown").disabled = !prints;
  if (prints) {
    fill($("email-frame"), prints.framed);
    fill($("story-frame"), storyPage(prints.framed_story));
    fill($("page-frame"), prints.page);
    if ($("text-part").textContent !== prints.text) $("text-part").textContent = prints.text;
    showSize(prints);
    showInbox(prints);
  } else {
    showBlank("Nothing to show yet", "What is missing stands above. Fill it in at the desk, or in your editor.");
  }
  showSource();
  markEntry();
}

function showChoices(issues) {
  const listed = JSON.stringify([slug, issues]);
  if (listed === choices) return;
  choices = listed;
  const options = issues.map(each =>
    make("option", { value: each.slug, selected: each.slug === slug }, each.title ? `${each.title}${each.status === "draft" ? " (draft)" : ""}` : `${each.slug} (cannot be read)`));
  show($("issue"), options);
  $("issue").value = slug;
  const at = issues.findIndex(each => each.slug === slug);
  $("older").disabled = at < 0 || at === issues.length - 1;
  $("newer").disabled = at <= 0;
}

/* No issue, or one of which nothing can be shown; what was shown of it already stays. */
function showEmpty(said) {
  if (said.issues?.length && !slug) return go(said.issues[0].slug);
  $("publication").textContent = said.publication ?? "";
  showChoices(said.issues ?? []);
  say(slug ? "Live" : "Waiting for an issue");
  if (issue && issue.slug === slug) return;
  issue = picked = editing = null;
  $("title").textContent = document.title = "Preview";
  $("add").hidden = $("undo").hidden = true;
  $("count").textContent = "";
  for (const each of ["fault", "panel-checks", "source-lines"]) show($(each));
  if (slug) showBlank("There is no such issue", "Choose another one above.");
  else showBlank("No issue yet", "Begin one with <code>newsletter new-issue</code>; it appears here by itself.");
  show($("outline"), make("p", { class: "note" }, "Entries stand here as soon as there is an issue."));
}

/* In place of what no issue is there to give. */
function showBlank(title, words) {
  const page = `<html lang="en"><head><title>${title}</title><style>
:root { color-scheme: light dark } body { font: 16px/1.6 -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; display: grid; place-items: center; min-height: 80vh; margin: 0; text-align: center; color: #5c636b; background: #fff; padding: 20px }
h1 { font: bold 26px/1.3 Georgia, serif; color: #1f2328; margin: 0 } code { color: #1f2328 } p { max-width: 420px; margin: 8px auto }
</style></head><body><div><h1>${title}</h1><p>${words}</p></div></body></html>`;
  for (const frame of frames) fill(frame, page);
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

/* A frame's document is read by the frame's own parser, so that its policy decides on styles, not the page's. */
function fill(frame, html) {
  const doc = frame.contentDocument;
  if (!doc) return void (frame.src = "/frame"); // A browser that followed a link in it; it is filled when it is back.
  doc.querySelectorAll("[data-preview]").forEach(mark => mark.remove());
  morph(doc.documentElement, new frame.contentWindow.DOMParser().parseFromString(html, "text/html").documentElement);
}

function mark(frame, label, box, colour, ground) {
  const doc = frame.contentDocument, element = doc.createElement("div");
  element.dataset.preview = label;
  Object.assign(element.style, {
    position: "absolute", left: "0", right: "0", top: `${box.top}px`, height: `${box.height}px`, zIndex: "9", pointerEvents: "none",
    boxSizing: "border-box", borderTop: box.height ? "" : `2px dashed ${colour}`, boxShadow: box.height ? `inset 4px 0 0 ${colour}` : "", background: ground,
  });
  if (!box.height) {
    const words = doc.createElement("span");
    words.textContent = label;
    Object.assign(words.style, { position: "absolute", right: "8px", top: "4px", font: "bold 14px/1.4 sans-serif", color: "#fff", background: colour, padding: "2px 8px", borderRadius: "4px" });
    element.append(words);
  }
  doc.body.append(element);
}

/* The heading under which an entry stands in the email, and how far it reaches. */
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

function markEntry(scroll = false) {
  const doc = $("email-frame").contentDocument;
  if (!doc?.body) return;
  doc.querySelectorAll("[data-preview]").forEach(element => element.remove());
  const clip = doc.querySelector("[data-clip]");
  if (clip) mark($("email-frame"), "Gmail clips the email here", { top: clip.getBoundingClientRect().top + doc.defaultView.scrollY, height: 0 }, "#a3161a", "none");
  const entry = picked && entryAt(picked);
  const box = entry && entryBox(entry);
  if (!box) return;
  mark($("email-frame"), "chosen", box, "#b4430f", "rgb(180 67 15 / .08)");
  if (scroll) doc.defaultView.scrollTo({ top: Math.max(0, box.top - 60) });
}

function showSize(prints) {
  const share = prints.bytes / prints.clip;
  $("meter").value = Math.min(1, share);
  const kilobytes = (prints.bytes / 1000).toFixed(1);
  $("size").textContent = share > 1 ? `${kilobytes} KB: Gmail clips it at ${prints.clip / 1000} KB` : `${kilobytes} KB of Gmail’s ${prints.clip / 1000}`;
}

function excerpt(problem, around = 0) {
  const lines = issue.text.split(/\r\n|[\r\n\u0085\u2028\u2029]/);
  const own = problem.file === issue.file;
  const first = own ? Math.max(1, problem.line - around) : problem.line;
  const shown = own ? lines.slice(first - 1, problem.line + around) : [problem.source];
  const indents = shown.filter(text => text.trim()).map(text => text.search(/\S/));
  const indent = own && around ? Math.min(...indents) : 0;
  return make("div", { class: "excerpt", tabindex: 0, role: "group", "aria-label": `${problem.file}, line ${problem.line}` },
    shown.map((text, at) => make("span", { class: first + at === problem.line ? "here" : false },
      make("i", {}, `${first + at}`), text.slice(indent) || " ")));
}

function showFault() {
  const fault = issue.fault;
  if (!fault) return show($("fault"));
  const kept = issue.prints ? "Below is the last version that could be shown." : "As soon as it is mended, the issue is shown.";
  show($("fault"),
    make("h2", {}, coded(`${fault.message}. ${fault.advice}`.trim()), ` ${kept}`),
    fault.problems.length ? make("ul", {}, fault.problems.map(problem => make("li", {},
      problem.file === issue.file ? make("button", { type: "button", "data-line": problem.line }, `Line ${problem.line}`) : null,
      make("p", { class: "where" }, `${problem.file}:${problem.line}:${problem.column}`),
      make("p", {}, coded(problem.message)),
      problem.source.trim() ? excerpt(problem) : null,
      problem.advice ? make("p", { class: "advice" }, coded(problem.advice)) : null))) : null);
}

function showInbox(prints) {
  const first = prints.preheader || prints.text.replace(/\s+/g, " ").trim().slice(0, 140);
  const day = new Date(`${prints.date}T00:00:00`).toLocaleDateString(undefined, { day: "numeric", month: "short" });
  const face = () => make("span", { class: "face", "aria-hidden": "true" }, [...prints.sender][0]);
  const bars = (...widths) => make("div", { class: "words" }, widths.map(width => make("span", { class: width })));
  const other = phone => make("li", { class: "mail other", "aria-hidden": "true" }, phone ? [make("span", { class: "face" }), bars("w3", "w9", "w6")] : bars("w6"));
  const phone = make("li", { class: "mail" }, face(), make("div", { class: "words" },
    make("div", { class: "first" }, make("p", { class: "sender" }, prints.sender), make("span", { class: "when" }, day)),
    make("p", { class: "subject" }, prints.subject), make("p", { class: "preheader" }, first)));
  const wide = make("li", { class: "mail" }, make("p", { class: "sender" }, prints.sender),
    make("p", { class: "words" }, make("span", { class: "subject" }, prints.subject), make("span", { class: "after" }, ` — ${first}`)),
    make("span", { class: "when" }, day));
  const count = text => `${[...text].length} characters`;
  show($("panel-inbox"),
    make("div", { class: "boxes" },
      make("section", { class: "box wide" }, make("h2", {}, "On a desktop"), make("ul", {}, other(), wide, other(), other(), other())),
      make("section", { class: "box phone" }, make("h2", {}, "On a phone"), make("ul", {}, other(true), phone, other(true))),
      make("div", { class: "facts" },
        make("p", {}, make("b", {}, "Subject "), `${count(prints.subject)}; a phone shows the first 40 or so.`),
        make("p", {}, make("b", {}, "Preheader "), prints.preheader ? `${count(prints.preheader)}; 40 to 140 are good.` : "none: an inbox takes the first words of the email."))));
}

function showChecks() {
  $("count").textContent = problems.length || "";
  if (unchecked) {
    return show($("panel-checks"), make("div", { class: "fine" }, make("b", {}, "Not checked"), coded(`${unchecked.message}. ${unchecked.advice}`)));
  }
  const keyOf = problem => `${problem.file}:${problem.line}:${problem.column}:${problem.message}`;
  if (!problems.length) {
    return show($("panel-checks"), make("div", { class: "fine" }, make("b", {}, "All is well"), "Nothing was found in this issue."));
  }
  const groups = Object.keys(SEVERITIES).map(severity => [severity, problems.filter(problem => problem.severity === severity)]).filter(([, found]) => found.length);
  show($("panel-checks"), groups.map(([severity, found]) => {
    const rules = [...new Set(found.map(problem => problem.rule))];
    return make("section", { class: `group ${severity}` }, make("h2", {}, `${SEVERITIES[severity]} (${found.length})`),
      rules.map(rule => [rule ? make("h3", {}, rule) : null,
        make("ul", {}, found.filter(problem => problem.rule === rule).map(problem => {
          const open = keyOf(problem) === finding;
          return make("li", { class: "finding" },
            make("button", { type: "button", "aria-expanded": `${open}`, "data-finding": keyOf(problem) },
              make("span", {}, coded(problem.message)),
              make("span", { class: "where" }, problem.file === issue.file ? `line ${problem.line}` : `${problem.file}:${problem.line}`)),
            open ? make("div", { class: "more" },
              problem.advice ? make("p", {}, coded(problem.advice)) : null,
              excerpt(problem, 2),
              make("div", { class: "line-buttons" },
                make("button", { type: "button", "data-line": problem.line }, "Show in the source"),
                picked ? make("button", { type: "button", "data-pane": "email" }, "Show in the email") : null)) : null);
        }))]).flat());
  }));
}

/* Choosing a finding opens its lines, and marks the entry that it is about. */
function chooseFinding(key) {
  finding = finding === key ? "" : key;
  const problem = problems.find(each => `${each.file}:${each.line}:${each.column}:${each.message}` === finding);
  const at = problem?.path.match(/^sections\.(\w+)\[(\d+)\]/);
  if (problem) {
    line = problem.file === issue.file ? problem.line : 0;
    picked = at ? { section: at[1], index: Number(at[2]) } : null;
  }
  showChecks();
  showOutline();
  showSource();
  markEntry(true);
}

function showSource() {
  if (pane !== "source" || !issue) return;
  const wrong = new Map();
  for (const problem of [...(issue.fault?.problems ?? []), ...problems]) {
    if (problem.file !== issue.file) continue;
    const told = wrong.get(problem.line) ?? new Set();
    wrong.set(problem.line, told.add(`${SEVERITIES[problem.severity].replace(/s$/, "")}: ${problem.message}`));
  }
  show($("source-lines"), issue.text.replace(/\r?\n$/, "").split(/\r\n|[\r\n\u0085\u2028\u2029]/).map((text, at) => {
    const [, space, dash, key, rest] = text.match(/^(\s*)(- )?([\w-]+:(?=\s|$))?(.*)$/);
    const code = make("code", {}, space + (dash ?? ""), key ? make("span", { class: "key" }, key) : "",
      rest.startsWith("#") ? make("span", { class: "remark" }, rest) : rest);
    const told = wrong.get(at + 1);
    return make("li", { class: [told && "wrong", at + 1 === line && "here"].filter(Boolean).join(" ") || false, id: `line-${at + 1}` },
      code, told ? make("p", { class: "told" }, [...told].join(". ")) : null);
  }));
}

function showLine(number) {
  line = Number(number);
  choosePane("source");
  $(`line-${line}`)?.scrollIntoView({ block: "center" });
}

/* Views, issues, looks */

function choosePane(name, focus = false) {
  if (!PANES.includes(name)) return;
  pane = name;
  const wide = name === "checks";
  $("views").classList.toggle("pair", wide);
  for (const each of PANES) {
    $(`tab-${each}`).setAttribute("aria-selected", `${each === name}`);
    $(`tab-${each}`).tabIndex = each === name ? 0 : -1;
    $(`panel-${each}`).hidden = each !== name && !(wide && each === "email");
  }
  if (focus) $(`tab-${name}`).focus();
  if (location.hash !== `#${name}`) history.replaceState(null, "", `#${name}`);
  showSource();
  markEntry();
}

const addressOf = issue => `/issues/${encodeURIComponent(issue)}#${pane}`;

function go(to, push = true) {
  if (!to || to === slug) return;
  if (unsaved()) return void ($("issue").value = slug);
  slug = to;
  picked = editing = null;
  finding = "";
  line = 0;
  if (push) history.pushState(null, "", addressOf(to));
  for (const frame of frames) frame.contentDocument?.defaultView.scrollTo(0, 0);
  refresh();
}

function step(by) {
  const issues = [...$("issue").options].map(option => option.value);
  go(issues[issues.indexOf(slug) + by]);
}

function applyLook() {
  const look = new FormData($("look"));
  $("stage").dataset.width = look.get("width");
  localStorage.setItem("look", JSON.stringify({ width: look.get("width"), scheme: look.get("scheme"), images: look.has("images") }));
}

function turnLook(name, values) {
  const inputs = $("look").elements;
  inputs[name].value = values[(values.indexOf(inputs[name].value) + 1) % values.length];
  $("look").dispatchEvent(new Event("change"));
}

function toggleDesk(open = document.body.classList.contains("bare")) {
  document.body.classList.toggle("bare", !open);
  $("desk-toggle").setAttribute("aria-expanded", `${open}`);
}

/* The desk */

const entryAt = at => issue?.outline.find(part => part.section === at.section)?.entries[at.index];
const same = (one, other) => one && other && one.section === other.section && one.index === other.index;
const places = () => issue.outline.flatMap(part => part.entries.map((_, index) => ({ section: part.section, index })));
const rowOf = at => document.querySelector(`.entry[data-section="${at.section}"][data-index="${at.index}"]`);
const placeOf = element => {
  const row = element.closest(".entry");
  return row && { section: row.dataset.section, index: Number(row.dataset.index) };
};

function showOutline() {
  const names = [["", "Where it fits"], ...issue.outline.map(part => [part.section, part.label])].map(([value, label]) => make("option", { value }, label));
  if ($("section").options.length !== names.length || [...$("section").options].some((option, at) => option.text !== names[at].text)) $("section").replaceChildren(...names);
  show($("outline"), issue.outline.map((part, at) => make("section", { class: "part", "data-section": part.section },
    make("h3", {}, make("b", {}, `${at + 1}`), part.label),
    part.entries.length ? make("ol", {}, part.entries.map((entry, index) => showEntry(part.section, entry, index)))
      : make("p", { class: "none" }, "No entries"))));
}

function showEntry(section, entry, index) {
  const at = { section, index }, title = words(entry.title);
  const open = same(editing, at);
  return make("li", { class: `entry${same(picked, at) ? " picked" : ""}`, "data-section": section, "data-index": index },
    make("button", { type: "button", class: "grip", "aria-label": `Move “${title}”`, "aria-describedby": "grip-help", "aria-keyshortcuts": "ArrowUp ArrowDown" }),
    make("button", { type: "button", class: "pick", "aria-pressed": `${Boolean(same(picked, at))}` }, make("b", {}, title), make("small", {}, entry.domain || entry.url)),
    make("button", { type: "button", class: "edit", "aria-label": `Edit “${title}”`, "aria-expanded": `${open}` }, "Edit"),
    open ? fieldsOf(entry, at) : null);
}

function fieldsOf(entry, at) {
  const title = make("input", { name: "title", value: entry.title });
  const comment = make("textarea", { name: "comment", rows: 7 }, entry.comment);
  const alt = entry.image ? make("label", {}, "Alternative text of the image", make("input", { name: "image_alt", value: entry.image_alt })) : null;
  return make("form", { class: "fields", "data-keep": `${at.section} ${at.index} ${editing.version}` },
    make("label", {}, "Title", title), make("label", {}, "Comment, in Markdown", comment), alt,
    make("div", { class: "end" }, make("button", { class: "main" }, "Save"), make("button", { type: "button", class: "cancel" }, "Cancel")));
}

function pick(at, scroll = true) {
  picked = at;
  showOutline();
  markEntry(scroll);
}

function edit(at) {
  if (!at || !entryAt(at) || unsaved()) return;
  toggleDesk(true);
  editing = { ...at, version: issue.version, was: entryAt(at) };
  pick(at);
  rowOf(at).querySelector("[name=title]").focus();
}

function leaveEdit() {
  const at = editing;
  trouble(null);
  editing = null;
  showOutline();
  rowOf(at)?.querySelector(".edit").focus();
}

const valuesIn = form => Object.fromEntries([...form.querySelectorAll("[name]")].map(field => [field.name, field.value]).filter(([name, value]) => value !== editing.was[name]));

function dirty() {
  const form = document.querySelector(".fields");
  return Boolean(form && editing && Object.keys(valuesIn(form)).length);
}

/* Whether words that are not saved yet would be lost; then the author is told, and nothing else happens. */
function unsaved() {
  if (!dirty()) return false;
  trouble({ message: `“${words(editing.was.title)}” is not saved yet`, advice: "Save it, or leave it as it was with `Esc`." });
  document.querySelector(".fields [name=title]").focus();
  return true;
}

async function save(form) {
  const fields = valuesIn(form), at = editing, some = Object.keys(fields).length;
  if (some && !await order({ kind: "write", entry: { section: at.section, index: at.index }, fields }, at.version)) return;
  if (some) say("Saved");
  leaveEdit();
}

async function move(from, to) {
  if (!to || same(from, to) || !entryAt(from) || unsaved()) return;
  const title = words(entryAt(from).title);
  if (!await order({ kind: "move", entry: from, to })) return;
  editing = null;
  pick(to, false);
  rowOf(to)?.querySelector(".grip").focus();
  const part = issue.outline.find(each => each.section === to.section);
  say(`“${title}” is now ${to.index + 1} of ${part.entries.length} in ${part.label}`);
}

/* One place up or down, and past the end of a section into the next one. */
function beside(at, by) {
  const parts = issue.outline, part = parts.findIndex(each => each.section === at.section), index = at.index + by;
  if (index >= 0 && index < parts[part].entries.length) return { section: at.section, index };
  const next = parts[part + by];
  return next && { section: next.section, index: by < 0 ? next.entries.length : 0 };
}

async function add(url) {
  if (!url.trim()) return;
  say("Reading the page …");
  const added = await order({ kind: "add", url: url.trim(), section: $("section").value || null });
  if (!added) return say("Live");
  $("url").value = "";
  const entries = issue.outline.find(part => part.section === added.section).entries;
  say(added.reason ? `Added; the page could not be read: ${added.reason}` : "Added");
  edit({ section: added.section, index: entries.findLastIndex(entry => entry.url === added.url) });
}

async function undo() {
  const done = await order({ kind: "undo" });
  if (done) say("Undone");
}

/* Dragging, by mouse, pen or finger */

let drag = null;

function target(event) {
  const element = document.elementFromPoint(event.clientX, event.clientY), row = element?.closest(".entry");
  if (row) {
    const box = row.getBoundingClientRect(), under = event.clientY > box.top + box.height / 2;
    return { element: row, under, section: row.dataset.section, index: Number(row.dataset.index) + Number(under) };
  }
  const none = element?.closest(".part")?.querySelector(".none");
  return none && { element: none, under: false, section: none.closest(".part").dataset.section, index: 0 };
}

function unmark() {
  document.querySelectorAll(".above, .under").forEach(each => each.classList.remove("above", "under"));
}

function endDrag() {
  unmark();
  drag?.row.classList.remove("held");
  drag = null;
}

$("outline").addEventListener("pointerdown", event => {
  const grip = event.target.closest(".grip");
  if (!grip || event.button) return;
  grip.setPointerCapture(event.pointerId);
  drag = { from: placeOf(grip), row: grip.closest(".entry"), to: null };
});
$("outline").addEventListener("pointermove", event => {
  if (!drag) return;
  drag.row.classList.add("held");
  unmark();
  drag.to = target(event);
  drag.to?.element.classList.add(drag.to.under ? "under" : "above");
});
$("outline").addEventListener("pointerup", () => {
  if (!drag) return;
  const { from, to } = drag;
  endDrag();
  if (!to) return;
  const after = to.section === from.section && to.index > from.index ? to.index - 1 : to.index;
  inTurn(() => move(from, { section: to.section, index: after }));
});
$("outline").addEventListener("pointercancel", endDrag);

/* Two versions of a file */

function showConflict(said) {
  $("conflict-words").textContent = `${said.message}. ${said.advice}`;
  const row = ([kind, theirs, mine]) => make("tr", { class: kind }, kind === "gap" ? make("td", { colspan: 2 }, "…") : [theirs, mine].map(text => make("td", {}, kind === "changed" && text ? make("mark", {}, text) : text)));
  $("both").replaceChildren(make("table", {},
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "In the file now"), make("th", { scope: "col" }, "Your version"))),
    make("tbody", {}, said.rows.map(row))));
  $("keep-mine").onclick = async () => {
    $("conflict").close();
    editing = null;
    if (await order({ kind: "replace", text: said.mine }, said.version)) say("Your version was written");
  };
  $("conflict").showModal();
}

$("keep-theirs").onclick = () => {
  $("conflict").close();
  editing = null;
  showOutline();
  say("The file stays as it is");
};

/* The clipboard */

async function copy(item, done) {
  try {
    await navigator.clipboard.write([new ClipboardItem(item)]);
    say(done);
  } catch {
    trouble({ message: "The browser did not allow copying", advice: "Allow this page to use the clipboard, and try again." });
  }
}

$("copy-story").onclick = () => copy({
  "text/html": new Blob([issue.prints.story], { type: "text/html" }), "text/plain": new Blob([issue.prints.markdown], { type: "text/plain" }),
}, "Copied for Medium");
$("copy-markdown").onclick = () => copy({ "text/plain": new Blob([issue.prints.markdown], { type: "text/plain" }) }, "Copied as Markdown");

/* What the author does */

const inField = element => element.closest?.("input:not([type=radio], [type=checkbox]), textarea, select");
const KEYS = {
  "[": () => step(1), "]": () => step(-1), w: () => turnLook("width", WIDTHS), c: () => turnLook("scheme", SCHEMES),
  i: () => $("look").elements.images.click(), d: () => toggleDesk(), u: () => inTurn(undo), "?": () => $("help").showModal(),
  n: () => (toggleDesk(true), $("url").focus()), e: () => edit(picked ?? places()[0]), j: () => next(1), k: () => next(-1),
};

function next(by) {
  const all = places(), at = all.findIndex(place => same(place, picked));
  const to = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  if (!to) return;
  pick(to);
  rowOf(to).querySelector(".pick").focus();
}

function onKey(event) {
  const focused = event.target, grip = focused.closest?.(".grip"), row = focused.closest?.(".entry");
  if (document.querySelector("dialog[open]")) return;
  const arrow = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (arrow && (grip || event.altKey && (row && !inField(focused) || picked && !inField(focused)))) {
    event.preventDefault();
    return void inTurn(() => {
      const from = placeOf(document.activeElement) ?? picked;
      return move(from, beside(from, arrow));
    });
  }
  const form = focused.closest?.(".fields");
  if (form && event.key === "Escape") return leaveEdit();
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) return form.requestSubmit();
  if (drag && event.key === "Escape") return endDrag();
  if (event.ctrlKey || event.metaKey || event.altKey || inField(focused) || !$("keys").checked || !issue) return;
  const pressed = event.key >= "1" && event.key <= `${PANES.length}` ? () => choosePane(PANES[event.key - 1], true) : KEYS[event.key];
  if (!pressed) return;
  event.preventDefault();
  pressed();
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
  if ((found = on("[role=tab]"))) choosePane(found.id.slice(4));
  else if ((found = on("[data-line]"))) showLine(found.dataset.line);
  else if ((found = on("[data-pane]"))) choosePane(found.dataset.pane, true);
  else if ((found = on("[data-finding]"))) chooseFinding(found.dataset.finding);
  else if ((found = on(".entry .pick"))) pick(placeOf(found));
  else if ((found = on(".entry .edit"))) same(editing, placeOf(found)) ? leaveEdit() : edit(placeOf(found));
  else if ((found = on(".fields .cancel"))) leaveEdit();
});
document.querySelector("[role=tablist]").addEventListener("keydown", event => {
  const at = PANES.indexOf(pane), to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined || event.altKey) return;
  event.preventDefault();
  choosePane(PANES.at(to % PANES.length), true);
});
$("outline").addEventListener("submit", event => {
  event.preventDefault();
  inTurn(() => save(event.target));
});
$("add").addEventListener("submit", event => {
  event.preventDefault();
  add($("url").value);
});
$("look").addEventListener("change", () => {
  applyLook();
  refresh();
});
$("issue").onchange = () => go($("issue").value);
$("older").onclick = () => step(1);
$("newer").onclick = () => step(-1);
$("undo").onclick = () => inTurn(undo);
$("desk-toggle").onclick = () => toggleDesk();
$("help-open").onclick = () => $("help").showModal();
$("keys").onchange = () => localStorage.setItem("keys", $("keys").checked ? "on" : "off");
addEventListener("popstate", () => {
  const to = slugInAddress();
  go(to, false);
  if (to === slug) choosePane(location.hash.slice(1) || "email");
  else history.pushState(null, "", addressOf(slug));
});
addEventListener("beforeunload", event => unsaved() && event.preventDefault());
addEventListener("resize", () => markEntry());
const narrow = matchMedia("(max-width: 860px)");
narrow.onchange = () => toggleDesk(!narrow.matches);

/* In a frame a link opens beside the preview, but for those within the email; keys and pasting work as outside. */
function listen(frame) {
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

function begin() {
  const look = JSON.parse(localStorage.getItem("look") ?? "{}"), inputs = $("look").elements;
  if (WIDTHS.includes(look.width)) inputs.width.value = look.width;
  if (SCHEMES.includes(look.scheme)) inputs.scheme.value = look.scheme;
  inputs.images.checked = look.images ?? true;
  $("keys").checked = localStorage.getItem("keys") !== "off";
  applyLook();
  toggleDesk(!narrow.matches);
  choosePane(PANES.includes(location.hash.slice(1)) ? location.hash.slice(1) : "email");
  follow();
  document.addEventListener("visibilitychange", follow);
}

/* Only a page that is looked at waits for changes: a browser opens six connections to a server, and no seventh. */
function follow() {
  changes?.close();
  if (document.hidden) return;
  changes = new EventSource("/api/changes");
  changes.onmessage = refresh;
  changes.onerror = () => say("The preview has ended; waiting for it", true);
  changes.onopen = () => $("said").classList.contains("away") && say("Live");
}

const frames = [$("email-frame"), $("story-frame"), $("page-frame")];
Promise.all(frames.map(frame => new Promise(done => {
  const ready = () => (listen(frame), done());
  if (frame.contentDocument?.readyState === "complete" && frame.contentDocument.URL.endsWith("/frame")) ready();
  frame.addEventListener("load", () => {
    if (!frame.contentDocument) return;
    ready();
    if (issue) showIssue();
  });
}))).then(begin);
