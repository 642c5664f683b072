/* Shows content of the database, and each change of it while the page is visible. */

import { showStatus } from "./messages.js";
import { showViewError } from "./view.js";

/* Follow the events of a path. `render` is called with the content each time that it changes. */
export function follow(path, render) {
  let events = null;

  function connect() {
    events?.close();
    // A browser opens at most six connections to a server, so that a hidden page must not keep one.
    if (document.hidden) return;
    events = new EventSource(path);
    events.onmessage = event => {
      showViewError(null);
      showStatus("Live");
      render(JSON.parse(event.data));
    };
    events.addEventListener("failed", event => {
      showStatus("Not available. Trying again …", true);
      showViewError(JSON.parse(event.data));
    });
    events.onerror = () => showStatus(events.readyState === EventSource.CLOSED ? "Not available. Reload the page." : "The dashboard has stopped. Reconnecting …", true);
  }

  document.addEventListener("visibilitychange", connect);
  connect();
}
