"""YAML files of the author, read with positions and written without touching what the author typed.

A file passes these parts in this order:

- `source`: reads the file as text, within a size limit, and turns offsets into lines and columns.
- `yaml_tree`: composes the text into `nodes`, each with its location; `syntax_errors` explains what the parser refuses.
- `paths`: finds a node by the keys and indexes that lead to it, and turns a tree into plain data.
- `validate`: turns the plain data into a model; `validation_errors` explains what Pydantic refuses.
- `references`: checks links such as `[words](@id)`.
- `located_document`: the model with its tree, which gives any later problem its location.
- `splices`, `writer`: change a file at a location, and write texts as YAML.

Start reading at `validate.read_model`.
"""
