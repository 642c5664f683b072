"""Types of the fields in models: each checks a value and says what is wrong with it and what to write.

- `base`: the base class of all models.
- `text`: lines, Markdown, dates, numbers and flags; `text.refuse` makes the errors of all types.
- `address`, `colour`, `pattern`, `rate`: types with a syntax of their own.

The modules do no input or output. Start reading at `text`.
"""
