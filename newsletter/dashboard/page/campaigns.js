/* The list of campaigns. */

import { $, show } from "./dom.js";
import { showStatus } from "./messages.js";
import { emptyState } from "./view.js";

show($("content"), emptyState("No campaigns yet", "Send a test of an issue first: choose `Preflight and test` in its view."));
showStatus("Live");
