"""One module for each failure; each plays one half and returns what it counted."""
