"""Fixtures for the worker."""

from tests.schedule.conftest import scheduled, server

__all__ = ["scheduled", "server"]
