/* The list of schedules. */

import { $, show } from "./dom.js";
import { showStatus } from "./messages.js";
import { emptyState } from "./view.js";

show($("content"), emptyState("Nothing is scheduled", "Schedule an issue: `newsletter send ISSUE --at TIME`."));
showStatus("Live");
