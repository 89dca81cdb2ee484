"""The same services with the usual cache-aside."""
