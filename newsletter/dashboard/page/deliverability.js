/* The checks of the settings and of DNS. */

import { $, show } from "./dom.js";
import { showStatus } from "./messages.js";
import { emptyState } from "./view.js";

show($("content"), emptyState("Not checked yet", "Run `newsletter doctor` to check the settings and DNS records."));
showStatus("Live");
