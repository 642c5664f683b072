"""Reads YAML files with the location of each value, and edits them without changing the rest of the text.

Data passes these modules in this order:

- `source`: reads a file as text, limits its size, and turns offsets into lines and columns.
- `yaml_tree`: composes the text into `nodes`, each with its location; `syntax_errors` explains syntax errors.
- `paths`: finds a node by its path of keys and indexes, and turns a tree into plain data.
- `validate`: turns the plain data into a model; `validation_errors` explains Pydantic's errors.
- `references`: checks links such as `[words](@id)`.
- `located_document`: the source and tree of a valid file, which locate problems found later.
- `splices`, `writer`: change a file at a location, and write text as YAML.

Start reading at `validate.read_model`.
"""
