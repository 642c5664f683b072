"""What a publication and an issue are: Pydantic models, without input or output."""
