/* Build and update elements of the page. */

export const $ = id => document.getElementById(id);

export const flatten = children => children.flat(Infinity).filter(child => child !== null && child !== "");

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...flatten(children));
  return element;
}

/* Make one tree equal to another. Nodes that are equal stay, which keeps scroll positions, focus and loaded images. */
export function morph(old, fresh) {
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
export const withCode = text => text.split(/`([^`]+)`/).map((part, at) => at % 2 ? make("code", {}, part) : part);

/* Begin a message with a capital letter, except if it begins with code, a file, a domain or an address. */
export const sentence = text => text.replace(/^[a-z](?!\S*[./@]\w)/, letter => letter.toUpperCase());

export function show(element, ...children) {
  const fresh = element.cloneNode(false);
  fresh.append(...flatten(children));
  morph(element, fresh);
}
