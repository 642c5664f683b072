"""Import subscribers from a CSV file.

Start with `import_list`, which runs an import. The parts, in the order in which data passes through them: `csv_file`
reads rows, `programs` recognises the exports of other programs, `columns` finds the column of each field, `read_rows`
validates a row, and `merge` merges batches of rows into the list.
"""
