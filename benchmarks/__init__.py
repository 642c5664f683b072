"""What newsletter costs: time, memory and bytes, each beside a floor or a peer measured in the same run."""
