"""Runs the Python blocks of one page, top to bottom in one module, as a reader would.

``python -m tests.docs.snippets README.md``. Blocks that assign CACHES or INSTALLED_APPS are Django
settings and are read first; a folder that they name for the embedded store is replaced by one of
this run. Then comes a migrated database with a user, id 42, and then the other blocks. A block that
prepares something which readers need not see may stand in an HTML comment.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command

FENCE = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
SETTINGS = {"CACHES", "INSTALLED_APPS"}
USER_ID = 42


@dataclass(frozen=True)
class Block:
    """A fenced block, and where it stands."""

    page: Path
    line: int
    text: str

    def compiled(self) -> Any:
        """The code, with the page's own line numbers in tracebacks; ``await`` is allowed."""
        padded = "\n" * (self.line - 1) + self.text
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return compile(padded, str(self.page), "exec", flags=flags, dont_inherit=True)

    def is_settings(self) -> bool:
        """Whether it says how Django is set up."""
        names = (name for node in ast.parse(self.text).body for name in _assigned(node))
        return not SETTINGS.isdisjoint(names)


def _assigned(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Assign):
        targets = node.targets
    else:
        targets = [node.target] if isinstance(node, ast.AugAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def blocks(page: Path) -> list[Block]:
    """All Python blocks of a page in their order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, text.count("\n", 0, found.start(1)) + 1, found[1])
        for found in FENCE.finditer(text)
    ]


def run(page: Path, folder: Path) -> int:
    """Runs the page's blocks and returns how many there were."""
    found = blocks(page)
    _set_up([block for block in found if block.is_settings()], folder)
    module = sys.modules["snippets"] = ModuleType("snippets")
    for block in found:
        if not block.is_settings():
            _execute(block, vars(module))
    return len(found)


def _execute(block: Block, names: dict[str, Any]) -> None:
    code = block.compiled()
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, names))
    else:
        exec(code, names)


def _set_up(found: list[Block], folder: Path) -> None:
    names: dict[str, Any] = {
        "CACHES": {
            "default": {
                "BACKEND": "surecache.django.SureCache",
                "LOCATION": "memory://docs",
                "KEY_PREFIX": "docs",
            }
        },
        "INSTALLED_APPS": ["django.contrib.contenttypes", "django.contrib.auth"],
    }
    for block in found:
        _execute(block, names)
    for alias, cache in names["CACHES"].items():
        if cache.get("LOCATION", "").startswith("embedded://"):
            cache["LOCATION"] = f"embedded://{folder}/{alias}"
    apps = names["INSTALLED_APPS"]
    settings.configure(
        CACHES=names["CACHES"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=apps if "surecache.django" in apps else [*apps, "surecache.django"],
        SECRET_KEY="the secret of the pages",
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User

    User.objects.create(id=USER_ID, username="ada")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="surecache-docs-") as made:
        count = run(Path(sys.argv[1]), Path(made))
    print(f"{count} blocks ran")
    sys.exit(0 if count else "wanted at least one block that runs, found: none")
