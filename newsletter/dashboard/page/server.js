/* Requests to the server. */

const token = document.querySelector("meta[name=token]").content;

/* Send a GET request, or a POST request with data. The status is 0 if the server does not respond. */
export const request = (path, data) => send(path, data && {
  method: "POST", body: JSON.stringify(data), headers: { "X-Preview-Token": token, "Content-Type": "application/json" },
});

async function send(path, options) {
  try {
    const response = await fetch(path, options);
    const body = response.headers.get("Content-Type")?.startsWith("application/json") ? await response.json() : {};
    if (!response.ok && !body.message) {
      [body.message, body.advice] = response.status === 403 ? ["The dashboard was restarted", "Reload this page."]
        : ["The dashboard failed", "See the terminal in which it runs."];
    }
    return { status: response.status, body };
  } catch {
    return { status: 0, body: { message: "The dashboard has stopped", advice: "Start it again with `newsletter dashboard`." } };
  }
}

/* Run a job one at a time. Calls during a run cause one more run after it. */
export function coalesce(job) {
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

/* Send a file. Returns the same as `request`. */
export const upload = (path, file) => send(path, { method: "POST", body: file, headers: { "X-Preview-Token": token } });
