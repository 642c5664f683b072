"""Tests of newsletter, through its public interface."""
