/* What the page shows, shared by its modules. A module that changes it publishes a topic, to which views subscribe. */

export const slugInUrl = () => decodeURIComponent(location.pathname.split("/")[2] ?? "");

export const state = {
  slug: slugInUrl(),
  issue: null, // the server's last response about the issue
  list: null, // the server's last response about all issues, whose version is `list`
  problems: [], // the findings of the last checks
  checkError: null, // why the checks could not run, or null
  view: "email",
  selected: null, // the selected entry: {section, index}
  editing: null, // the entry whose fields are open, with the version and values that they show
  line: 0, // the highlighted line of the source, from 1; 0 if there is none
};

const subscribers = {};

/* Call a function each time a topic is published, in the order of the subscriptions. The topics are `issue` (a new
   response about the issue), `list`, `no-issue`, `opened` (another issue), `checks`, `selection`, and `view`. */
export function subscribe(topic, update) {
  (subscribers[topic] ??= []).push(update);
}

export function publish(topic, value) {
  for (const update of subscribers[topic] ?? []) update(value);
}
