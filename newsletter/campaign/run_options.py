"""The author's options for one run of a campaign."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The author's options for one run. None uses the value in the settings.

    Attributes:
        rate: Messages per second; 0 sets no limit.
        connections: Connections to each server.
        retry_uncertain: Whether uncertain deliveries are sent again.
        ignore_hours: Whether to send outside of the delivery hours, too.
    """

    rate: float | None = None
    connections: int | None = None
    retry_uncertain: bool = False
    ignore_hours: bool = False
