"""Campaigns and deliveries in the database, with their states."""
