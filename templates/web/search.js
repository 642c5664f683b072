// The search. Its index is loaded only when a reader searches.
const form = document.querySelector("form.search");
const parts = ["#q", ".status", ".results", ".further", ".advice", ".browse"];
// A search page of the author's own may lack the last two.
const [field, status, results, further, advice, browse] = parts.map(name => document.querySelector(name));
const words = form.dataset;
const PAGE = 10;
let index, exact, version, found = [], shown = 0, asked = 0;

// Without the base URL, Pagefind would use the folder above its own as the home of the archive.
async function load() {
  version = await readVersion();
  return (await import(words.index)).createInstance({ baseUrl: words.home });
}

// Each build that changes the index gives it another version, and its parts other names.
async function readVersion() {
  const answer = await fetch(words.index.replace(/[^/]*$/, "pagefind-entry.json"), { cache: "no-store" });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
}

// Scripts without spaces between words are indexed letter by letter, and several letters are searched as a phrase.
const unspaced = /[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]/u;
const runs = new RegExp(`${unspaced.source}+|[^${unspaced.source.slice(1)}+`, "gu");
const together = new RegExp(`(${unspaced.source}(?:</mark>)?) (?=(?:<mark>)?${unspaced.source})`, "gu");
const join = text => text.replace(together, "$1").replaceAll("</mark><mark>", "");
// Small letters without diacritics.
const plain = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
// The words of a query, without the signs that are not indexed.
const unindexed = /[^\p{L}\p{N}\p{M}\p{Pc}\p{Extended_Pictographic}\u200d\ufe0f\s]/gu;
const split = text => (text.toLowerCase().replace(unindexed, "").match(/\S+/g) ?? []).flatMap(word => word.match(runs));
const apart = word => unspaced.test(word) ? [...word].join(" ") : word;

// True if a page has a word, or a part of a compound like JavaScript or e-mail, that begins with these letters.
function begins(page, letters) {
  const text = `${page.content} ${Object.values(page.meta).join(" ")}`;
  const parts = text.replace(/\p{Ll}(?=\p{Lu})/gu, "$& ").replace(/[^\p{L}\p{N}\p{M}]+/gu, " ");
  return plain(` ${simple(text)} ${parts}`).includes(` ${plain(letters)}`);
}

// True if a page has a word as it is.
const has = (page, word) => plain(` ${simple(page.content)} `).includes(` ${plain(word)} `);
const simple = text => text.replace(/[^\p{L}\p{N}\p{M}\p{Pc}\s]+/gu, "").replace(/\s+/g, " ");

// Finds the issues that have every word of a query: the word itself, an inflected form, or a word that begins with it.
// Words of one or two letters, and of three if any issue has them, do not find longer words. Pagefind finds what begins
// with a word, but ignores a word that it does not know, or takes the longest known one that is its beginning, such as
// "a" for "alpine". A quoted search has no such substitutes. Returns the results, and the word that no issue has.
async function find(query, current) {
  const pagefind = await (index ??= load()), list = split(query), all = list.map(apart).join(" ");
  const ask = async text => (await pagefind.search(text)).results;
  const texts = some => Promise.all(some.slice(0, PAGE).map(result => result.data()));
  if (!list.length) return [[]];
  if (/^\s*["“”„«»].+["“”„«»]\s*$/.test(query)) return [await ask(`"${all}"`)];
  let results = await ask(all);
  for (const word of list) {
    if (!current()) break;
    // An emoji has no beginnings.
    if (!/[\p{L}\p{N}]/u.test(word)) {
      if ((await ask(word)).length) continue;
      return [[], word];
    }
    const size = unspaced.test(word) ? 1 : [...plain(word)].length;
    // The texts of a few results take less time than a search for a frequent word.
    const few = size <= 3 && results.length > 0 && results.length <= PAGE;
    if (few && (await texts(results)).every(page => has(page, apart(word)))) continue;
    // Pagefind finds no phrase on a page that has one of its letters with and without diacritics, such as テ and デ.
    if (unspaced.test(word)) exact ??= (await import(words.index)).createInstance({ baseUrl: words.home, exactDiacritics: true });
    const whole = size > 3 ? [] : unspaced.test(word) ? (await exact.search(`"${apart(word)}"`)).results : await ask(`"${word}"`);
    if (whole.length) {
      // A quoted search knows only the first place on each page, so its results are not shown themselves.
      const having = new Set(whole.map(result => result.id));
      results = results.filter(result => having.has(result.id));
      continue;
    }
    // If the words have no issue in common, this one may have issues of its own.
    const some = size < 3 ? [] : results.length ? results : await ask(word);
    const pages = await texts(some);
    if (pages.some(page => begins(page, word)) || (size > 3 && (await ask(`"${word}"`)).length)) continue;
    return [[], word];
  }
  return [results];
}

// Pagefind takes a part of the index that it cannot load for one without the words. So an index that a build has replaced
// since it was loaded is loaded again.
async function findInLatest(query, current) {
  const answer = await find(query, current);
  if (!current() || answer[0].length || await readVersion() === version) return answer;
  index = exact = undefined;
  return find(query, current);
}

async function search() {
  const turn = ++asked, query = field.value.trim(), current = () => turn === asked;
  history.replaceState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname);
  if (!query) return show([], "", false);
  status.textContent = words.searching;
  results.setAttribute("aria-busy", "true");
  try {
    const [answers, missing] = await findInLatest(query, current), count = answers.length;
    if (!current()) return;
    const none = missing && words.missing ? words.missing.replace("{word}", missing) : words.none;
    await show(answers, count ? words.found.replace("{count}", count) : none, !count);
  } catch {
    if (!current()) return;
    index = exact = undefined;
    show([], words.failed, false);
  }
}

async function show(answers, message, missed) {
  const turn = asked;
  [found, shown] = [answers, 0];
  await more();
  if (turn !== asked) return;
  status.textContent = message;
  if (advice) advice.hidden = !missed;
  if (browse) browse.hidden = answers.length > 0;
}

async function more() {
  const turn = asked, answers = found, first = !shown;
  if (first) further.hidden = true;
  const pages = await Promise.all(found.slice(shown, shown + PAGE).map(result => result.data()));
  if (turn !== asked || answers !== found) return;
  if (first) results.replaceChildren();
  results.removeAttribute("aria-busy");
  shown += pages.length;
  for (const page of pages)
    for (const part of page.sub_results.length ? page.sub_results : [page]) results.append(row(page, part));
  further.hidden = shown >= found.length;
}

// The button stays while results are loaded, because it has the focus.
let loading = false;
async function showMore() {
  if (loading) return;
  loading = true;
  const turn = asked;
  let message = words.found.replace("{count}", found.length);
  try {
    await more();
  } catch {
    message = words.failed;
  }
  loading = false;
  if (turn === asked) status.textContent = message;
}

function row(page, part) {
  const item = document.createElement("li"), heading = document.createElement("h2"), link = document.createElement("a");
  const where = document.createElement("p"), excerpt = document.createElement("p");
  link.href = part.url;
  link.textContent = join(part.title ?? page.meta.title);
  where.className = "where";
  where.textContent = join(page.meta.title);
  // Pagefind's excerpts are the page's own words, escaped, with marks around what was found.
  excerpt.innerHTML = join(part.excerpt);
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
further.querySelector("button").addEventListener("click", showMore);
const initial = new URLSearchParams(location.search).get("q");
if (initial) {
  field.value = initial;
  search();
}
