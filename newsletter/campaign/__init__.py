"""Sending a campaign: its message, its ledger, its pace, and what comes back."""
