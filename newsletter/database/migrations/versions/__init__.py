"""One file a version, in their order; none is changed once it was released."""
