"""Values that options take."""

import re
from datetime import date
from typing import Any

import click


class DateType(click.ParamType[date]):
    """A date as YYYY-MM-DD (ISO 8601), and nothing else."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date that a text says."""
        if isinstance(value, date):
            return value
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
                return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} is not in the calendar.", param, ctx)
        return self.fail(f"{value!r} is no date; write YYYY-MM-DD, such as 2021-09-19.", param, ctx)


DATE = DateType()
