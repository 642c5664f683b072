"""The publication: the settings in `newsletter.yaml`, and the labels of its languages.

- `find_publication`: finds the folder that contains `newsletter.yaml`.
- `publication_file`: reads it into `settings.Publication` and reports all its problems at once.
- `settings`: the settings. `delivery_settings`, `campaign_parameters`, `rhythm` and `section` are parts of them.
- `basics`: the settings that need no library. `issue_dates`: the dates that follow from the rhythm.
- `section_settings`: checks the settings that name sections.
- `label_files`, `labels`: the texts of the layout in the languages of the issues.
- `template_folders`, `scaffold_files`: the folders of templates, and the files that scaffolds are filled in to.
- `new_publication`, `starting_sections`: the settings and sections of a new publication.

Start reading at `publication_file.read_publication`.
"""
