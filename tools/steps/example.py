"""The example site: played as the demo, served, and measured beside other caches."""

from __future__ import annotations

from tools.steps import extension
from tools.steps.command import become
from tools.steps.place import ROOT

SITE = ROOT / "examples/django_site"


def demo() -> int:
    """Plays the six failures; the exit code is the demo's own."""
    return become([extension.ready(), SITE / "demo.py"])


def site() -> int:
    """Serves the site until it is interrupted."""
    return become([extension.ready(), SITE / "serve.py"])


def bench() -> int:
    """Measures surecache beside other caches, built as it is released."""
    return become([extension.ready("release"), ROOT / "benches/compare.py"])
