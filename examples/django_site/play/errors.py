"""The one error of the demo: something stopped it before it could judge."""


class DemoError(Exception):
    """Said to the user as it is: wanted, found, and a hint on a line of its own."""
