"""What must be installed before anything is started."""

import importlib.util

from play.errors import DemoError


def require_packages(halves: tuple[str, ...]) -> None:
    """Refuses to go on without a package.

    Raises:
        DemoError: it names what is missing.
    """
    wanted = ["django", "gunicorn", *(["surecache"] if "surecache" in halves else [])]
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    if missing:
        raise DemoError(
            f"wanted installed packages, found none for: {', '.join(missing)}"
            "\nhint: `make demo` and `make site` install everything and run this"
        )
