"""Measures surecache beside other caches; `make bench` runs all of it.

``parts`` are what is measured: ``matrix`` (operations, values, threads, processes), ``curves``,
``invalidation`` and ``asgi``. ``session`` runs them: ``scale`` says for how long, ``rounds`` who
runs when, ``values``, ``rivals``, ``site`` and ``region`` what is cached and where, ``operations``
and ``settings`` what is called in how many threads and processes; ``pinning``, ``workers``,
``raw`` and ``application`` are what that takes. ``bars`` and ``wanted`` say what the times mean.
``record`` is all that came of a run; ``page``, ``tables`` and ``plots`` tell it.
"""
