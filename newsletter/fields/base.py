"""The base class of models: frozen, and without unknown keys."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A part of an author's file."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)
