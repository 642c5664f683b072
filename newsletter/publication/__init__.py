"""The publication: `newsletter.yaml`, its settings and labels."""
