"""What every model shares: frozen, and nothing unknown is let in."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A part of an author's file."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)
