"""Types of option values."""

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from newsletter.issue.digest_issue import Period


class DateType(click.ParamType[date]):
    """A date as YYYY-MM-DD (ISO 8601). Other forms are not accepted."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse a date."""
        if isinstance(value, date):
            return value
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
                return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a valid date. There is no such day.", param, ctx)
        return self.fail(f"{value!r} is not a valid date. Write YYYY-MM-DD, such as 2021-09-19.", param, ctx)


class PeriodType(click.ParamType["Period"]):
    """A year or a month, as YYYY or YYYY-MM."""

    name = "period"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Period":
        """Parse a period."""
        from newsletter.issue.digest_issue import Period, parse_period

        if isinstance(value, Period):
            return value
        return parse_period(value) or self.fail(
            f"{value!r} is not a valid year or month. Write 2021 or 2021-02.", param, ctx
        )


class RateType(click.ParamType[float]):
    """A rate, as 10/s, 600/m or 500/h. A number without a unit is per second."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse a rate. Returns messages per second."""
        from newsletter.fields.rate import read_rate

        return read_rate(str(value)) or self.fail(
            f"{value!r} is not a valid rate. Write a rate such as 10/s or 600/m.", param, ctx
        )


class DurationType(click.ParamType[int]):
    """A duration, as 90s, 30m, 2h or 1d."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse a duration. Returns seconds."""
        from newsletter.schedule.local_time import is_too_long, parse_duration

        if isinstance(value, int):
            return value
        seconds = parse_duration(str(value))
        if is_too_long(str(value)):
            self.fail(f"{value!r} is too long. The number has at most six digits.", param, ctx)
        if seconds is None:
            self.fail(f"{value!r} is not a valid duration. Write a duration such as 30m or 2h.", param, ctx)
        return seconds


DATE = DateType()
PERIOD = PeriodType()
RATE = RateType()
DURATION = DurationType()
