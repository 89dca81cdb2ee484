"""A small Django project that the worker processes of these tests run.

Everything that differs between tests comes in the environment; see ``settings``.
"""
