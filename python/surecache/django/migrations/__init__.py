"""Migrations of the application surecache."""
