"""What the package shows, and what importing it does: nothing."""

import importlib
import pkgutil
import subprocess
import sys

import pytest
import surecache
import surecache.django

SHOWN = (surecache, surecache.django)

IMPORTS = """
import os, sys, threading
before = (threading.active_count(), dict(os.environ), len(os.listdir("/proc/self/fd")))
import surecache, surecache.django
from django.apps import apps
from django.conf import settings
after = (threading.active_count(), dict(os.environ), len(os.listdir("/proc/self/fd")))
assert before == after, (before, after)
assert not settings.configured and not apps.ready
"""


def _modules() -> list[str]:
    found = pkgutil.walk_packages(surecache.__path__, "surecache.")
    return ["surecache", *(module.name for module in found if "management" not in module.name)]


def _rank(name: str) -> tuple[bool, bool, str]:
    """Constants, then classes, then functions, each by name."""
    return (not name.isupper(), not name[0].isupper(), name)


@pytest.mark.parametrize("name", _modules())
def test_all_is_sorted_and_names_what_exists(name):
    module = importlib.import_module(name)
    names = list(getattr(module, "__all__", []))
    assert names == sorted(names, key=_rank)
    assert [each for each in names if not hasattr(module, each)] == []


@pytest.mark.parametrize("package", SHOWN, ids=lambda package: package.__name__)
def test_all_is_complete(package):
    own = {
        name
        for name, value in vars(package).items()
        if not name.startswith("_")
        and str(getattr(value, "__module__", "")).startswith("surecache")
    }
    assert own <= set(package.__all__)
    assert package.__all__


@pytest.mark.parametrize("package", SHOWN, ids=lambda package: package.__name__)
def test_what_is_shown_is_documented(package):
    bare = [name for name in package.__all__ if not getattr(package, name).__doc__]
    assert bare == []


def test_importing_does_nothing_else():
    subprocess.run([sys.executable, "-W", "error", "-c", IMPORTS], check=True)
