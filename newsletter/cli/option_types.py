"""Values that options take."""

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from newsletter.issue.digest_issue import Period


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


class PeriodType(click.ParamType["Period"]):
    """A year or a month, as YYYY or YYYY-MM."""

    name = "period"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Period":
        """The period that a text says."""
        from newsletter.issue.digest_issue import Period, period_of

        if isinstance(value, Period):
            return value
        return period_of(value) or self.fail(f"{value!r} is no year and no month; write 2021 or 2021-02.", param, ctx)


class RateType(click.ParamType[float]):
    """A rate, as 10/s, 600/m or 500/h; a bare number is a second's."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Messages a second."""
        from newsletter.fields.rate import read_rate

        return read_rate(str(value)) or self.fail(f"{value!r} is no rate; write one such as 10/s or 600/m.", param, ctx)


DATE = DateType()
PERIOD = PeriodType()
RATE = RateType()
