// The search. Its index is loaded only when a reader searches.
const form = document.querySelector("form.search");
const parts = ["#q", ".status", ".results", ".further", ".advice", ".browse"];
// A search page of the author's own may lack the last two.
const [field, status, results, further, advice, browse] = parts.map(name => document.querySelector(name));
const words = form.dataset;
const PAGE = 10;
let index, found = [], shown = 0, asked = 0;

// Without this, Pagefind would use the folder above its own as the home of the archive.
const load = () => import(words.index).then(async pagefind => (await pagefind.options({ baseUrl: words.home }), pagefind));

// Scripts without spaces between words are searched letter by letter, as they are indexed.
const apart = text => text.replace(/[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff]|[\u{20000}-\u{3ffff}]/gu, " $& ").replace(/\s+/g, " ").trim();

async function search() {
  const turn = ++asked, query = field.value.trim();
  history.replaceState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname);
  if (!query) return show([], "", false);
  status.textContent = words.searching;
  try {
    index ??= load();
    const answer = await (await index).search(apart(query));
    if (turn !== asked) return;
    const count = answer.results.length;
    await show(answer.results, count ? words.found.replace("{count}", count) : words.none, !count);
  } catch {
    index = undefined;
    status.textContent = words.failed;
  }
}

async function show(answers, message, missed) {
  [found, shown] = [answers, 0];
  results.replaceChildren();
  await more();
  status.textContent = message;
  if (advice) advice.hidden = !missed;
  if (browse) browse.hidden = answers.length > 0;
}

async function more() {
  const turn = asked, pages = await Promise.all(found.slice(shown, shown + PAGE).map(result => result.data()));
  if (turn !== asked) return;
  shown += pages.length;
  for (const page of pages)
    for (const part of page.sub_results.length ? page.sub_results : [page]) results.append(row(page, part));
  further.hidden = shown >= found.length;
}

function row(page, part) {
  const item = document.createElement("li"), heading = document.createElement("h2"), link = document.createElement("a");
  const where = document.createElement("p"), excerpt = document.createElement("p");
  link.href = part.url;
  link.textContent = (part.title ?? page.meta.title).replaceAll("\u200b", "");
  where.className = "where";
  where.textContent = page.meta.title.replaceAll("\u200b", "");
  // Pagefind's excerpts are the page's own words, escaped, with marks around what was found.
  excerpt.innerHTML = part.excerpt.replaceAll("\u200b", "");
  heading.append(link);
  item.append(heading, excerpt, where);
  return item;
}

let typing;
field.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(search, 200);
});
form.addEventListener("submit", event => {
  event.preventDefault();
  clearTimeout(typing);
  search();
});
further.querySelector("button").addEventListener("click", more);
const initial = new URLSearchParams(location.search).get("q");
if (initial) {
  field.value = initial;
  search();
}
