/* The list of subscribers. */

import { $, show } from "./dom.js";
import { showStatus } from "./messages.js";
import { emptyState } from "./view.js";

show($("content"), emptyState("No subscribers yet", "Import a list: `newsletter subscribers import FILE`. Add one subscriber: `newsletter subscribers add ADDRESS`."));
showStatus("Live");
