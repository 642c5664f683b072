"""Diagnosis of the configuration and of DNS: what would keep messages from arriving."""
