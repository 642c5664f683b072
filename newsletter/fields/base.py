"""The base class of models."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A part of a YAML file: immutable, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)
