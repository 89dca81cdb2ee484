"""The exceptions: one tree, nothing of it hidden."""

import inspect

import surecache
from surecache import errors


def test_the_tree_in_the_docstring_is_the_tree():
    told = {}
    above = []
    for line in (errors.__doc__ or "").splitlines():
        name, _, _ = line.strip().partition(" ")
        if name not in errors.__all__:
            continue
        depth = (len(line) - len(line.lstrip())) // 4
        above[depth:] = [name]
        told[name] = above[depth - 1] if depth else "Exception"
    real = {name: getattr(errors, name).__bases__[0].__name__ for name in errors.__all__}
    assert told == real


def test_all_names_every_exception():
    classes = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, Exception)
    }
    assert classes == set(errors.__all__)
    assert classes <= set(surecache.__all__)


def test_an_exception_is_what_callers_already_catch():
    assert issubclass(errors.KeyFieldError, TypeError)
    assert issubclass(errors.ValueNotSupported, TypeError)
    assert issubclass(errors.LoadTimeout, TimeoutError)
