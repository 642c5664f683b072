"""The command line. One file per command, imported only when the command is called.

`main` is the root of the command tree; folders such as `campaign/` and `db/` are its groups. `lazy` imports the
commands and turns errors into one message and exit code 1. `arguments` and `option_types` are shared by commands,
`terminal` prints messages and errors, and `progress` shows progress bars. Start reading with `main`.
"""

import gc

# Collecting cyclic garbage would cost a tenth of the time of a short command, and finds nearly none. Rendering an issue
# with this number needs no more memory than with half of it.
gc.set_threshold(200_000)
