"""Django's own cache and session tests, run on surecache.

The tests come from the source distribution of the Django that is installed, unchanged. ``suites``
makes test classes of them, ``twins`` their asynchronous flavour, ``__main__`` runs one cell: a
Django, a store, a flavour. `make contract` fetches, prepares and runs all cells.
"""
