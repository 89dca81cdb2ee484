"""An app with one model, for programs that cache what is asked of it."""
