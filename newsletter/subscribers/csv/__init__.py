"""Import subscribers from a CSV file.

Start with `import_list`, which runs an import. The parts, in the order in which data passes through them: `csv_file`
reads rows, `programs` recognises the exports of other programs, `columns` finds the column of each field with the
author's `column_mapping`, `consent_columns` finds and reads the columns about consent with the words in
`consent_words`, `check_consent` stops an import that would have to guess and finds the addresses to import first,
`read_rows` validates a row, and `merge` merges batches of rows into the list.
"""
