"""One file per check; `examination.CHECKS` lists them in the order of the report."""
