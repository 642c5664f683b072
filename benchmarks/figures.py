"""The figures of benchmarks, their targets, and the table that shows them."""

from dataclasses import asdict, dataclass
from typing import Any

# The maximum length of a note in the row of its figure. A longer note has its own line.
SHORT = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Args:
        name: What was measured.
        value: The value, or None if it was not measured. The note then gives the reason.
        unit: The unit.
        most: The target: the maximum value, or None.
        note: A remark.
    """

    name: str
    value: float | None = None
    unit: str = ""
    most: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """True if the target is met, or None if there is no target or no value."""
        return None if self.value is None or self.most is None else self.value <= self.most

    @property
    def measured(self) -> str:
        """The value in the table."""
        return "not measured" if self.value is None else _format(self.value, self.unit)

    @property
    def target(self) -> str:
        """The target in the table, or ""."""
        return "" if self.most is None else f"<= {_format(self.most, self.unit)}"

    def as_json(self) -> dict[str, Any]:
        """Return the figure as a JSON object."""
        return asdict(self) | {"met": self.met}


def table(title: str, figures: list[Figure]) -> str:
    """Return the table of one subject: name, value, target, whether it is met, and note."""
    words = {True: "met", False: "MISSED", None: ""}
    lines = [title]
    for figure in figures:
        short = figure.note if len(figure.note) <= SHORT else ""
        line = f"  {figure.name:<63} {figure.measured:>13}  {figure.target:<15} {words[figure.met]:<6}  {short}"
        lines.append(line.rstrip())
        if figure.note and not short:
            lines.append(f"      {figure.note}")
    return "\n".join(lines)


def _format(value: float, unit: str) -> str:
    if unit == "yes/no":
        return "yes" if value else "no"
    whole = ("bytes", "issues/s", "rows/s", "modules", "packages")
    digits = 0 if unit in whole else 2 if unit in ("x", "ms") else 4 if unit == "SSIM" else 1
    return f"{value:,.{digits}f} {unit}".rstrip()
