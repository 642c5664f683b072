"""The publication: the settings in `newsletter.yaml`, and the labels of its languages.

- `find_publication`: finds the folder that has `newsletter.yaml`.
- `publication_file`: reads it into `settings.Publication`, with all its problems at once.
- `settings`: the settings; `delivery_settings`, `campaign_parameters`, `rhythm` and `section` are parts of them.
- `label_files`, `labels`: the words of the outputs in the languages of the issues.
- `template_folders`, `scaffold_files`: the files that come with the program, and those of a new publication.

Start reading at `publication_file.read_publication`.
"""
