"""Field types for the models of YAML files: each validates a value and explains errors to the author.

- `base`: the base class of all models.
- `text`: lines, Markdown, dates, numbers and booleans; `text.refuse` creates the errors of all types.
- `address`, `colour`, `pattern`, `rate`: types with their own syntax.
- `zone`: the type of time zones. `system_zones` loads them, without the library of the models.

Nothing here reads or writes files. Start reading at `text`.
"""
