"""Makes the demo's own packages importable; only pure modules of it are tested here."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "examples" / "django_site"))
