"""The rules of `newsletter check`: a module or package for each subject."""
