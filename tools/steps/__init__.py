"""What `make` does: one module a concern, standard library only.

``machine`` (what must be installed) and ``environment`` (virtual environments) come first, then
``extension`` (the wheel) and ``server``; ``lint``, ``tests``, ``contract``, ``bench``, ``example``
and ``mutants`` use them and are reached by name from ``__main__``. Nothing here is imported by the
package or its tests.
"""
