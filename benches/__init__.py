"""Measures surecache beside other caches; `make bench` runs all parts.

``embedded`` is the part without a server, ``redis`` the one with. ``values``, ``site`` and
``region`` are what is cached and where; ``rounds`` says who runs when, ``bars`` what the times
mean, ``tables`` and ``report`` what is told. ``rivals``, ``operations`` and ``pinning`` belong to
the redis part.
"""
