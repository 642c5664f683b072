"""Tests of bounces: parsing, attribution, effects on subscribers, and the command."""
