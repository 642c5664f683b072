"""Figures: what a benchmark found, the aim beside it, and the table of them."""

from dataclasses import asdict, dataclass
from typing import Any

SHORT = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. Without a value it was not measured, and the note says why."""

    name: str
    value: float | None = None
    unit: str = ""
    most: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; none where there is no aim, or no value."""
        return None if self.value is None or self.most is None else self.value <= self.most

    @property
    def measured(self) -> str:
        """The value as the table shows it."""
        return "not measured" if self.value is None else _said(self.value, self.unit)

    @property
    def aim(self) -> str:
        """The aim as the table shows it."""
        return "" if self.most is None else f"<= {_said(self.most, self.unit)}"

    def as_json(self) -> dict[str, Any]:
        """The figure for a program to read."""
        return asdict(self) | {"met": self.met}


def table(title: str, figures: list[Figure]) -> str:
    """The figures of one subject: name, measured, aim, whether it is met, and the note, below where it is long."""
    words = {True: "met", False: "MISSED", None: ""}
    lines = [title]
    for figure in figures:
        short = figure.note if len(figure.note) <= SHORT else ""
        line = f"  {figure.name:<63} {figure.measured:>13}  {figure.aim:<15} {words[figure.met]:<6}  {short}"
        lines.append(line.rstrip())
        if figure.note and not short:
            lines.append(f"      {figure.note}")
    return "\n".join(lines)


def _said(value: float, unit: str) -> str:
    if unit == "yes/no":
        return "yes" if value else "no"
    digits = 0 if unit in ("bytes", "issues/s", "rows/s", "modules", "packages") else 2 if unit in ("x", "ms") else 1
    return f"{value:,.{digits}f} {unit}".rstrip()
