"""A scene on a peer that needs another Python: `python -m tests.peers.programs.scene SCENE PEER`.

There is no surecache in that Python's environment.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django
from django.conf import settings
from django.test.utils import override_settings


class Settings:
    """Django's, which are changed as pytest-django's fixture does."""

    def __getattr__(self, name: str) -> Any:
        return getattr(settings, name)

    def __setattr__(self, name: str, value: Any) -> None:
        override_settings(**{name: value}).enable()


def main(name: str, peer: str) -> object:
    """What is observed."""
    settings.configure(
        SECRET_KEY="the secret of the tests",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.sessions"],
    )
    django.setup()
    from tests.peers.scenes import SCENES
    from tests.peers.stage import Stage

    (scene,) = (scene for scene in SCENES if scene.name == name)
    with Stage(peer, Settings()) as stage:
        return scene.play(stage)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
