"""The Python code in README.md and docs/guides/ runs as it stands there."""
