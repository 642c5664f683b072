"""Import a list from a CSV file.

Start with `import_list`, which runs an import. The parts, in the order in which data passes through them: `csv_file`
reads rows, `programs` knows the exports of other programs, `columns` finds the fields, `read_rows` checks a row, and
`merge` merges a batch of rows into the list.
"""
