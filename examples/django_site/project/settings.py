"""Settings of the example site.

Two caches stand side by side: `default` is surecache, `naive` is Django's own file-based cache.
Everything that the site writes lies in one folder, SITE_FOLDER; both caches and the database are
in it, so a run that starts with an empty folder starts cold. SITE_STORE puts surecache on a server
instead; SITE_NAMESPACE is for a run that must start cold there too.
"""

import os
from pathlib import Path

CODE = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("SITE_FOLDER") or CODE.parent.parent / "build/demo/site").resolve()

# Where surecache keeps its entries, and under which prefix.
STORE = os.environ.get("SITE_STORE") or f"embedded://{FOLDER / 'surecache'}"
NAMESPACE = os.environ.get("SITE_NAMESPACE") or "example"

# Which halves of the site are served; the naive one runs without surecache installed.
HALVES = tuple(os.environ.get("SITE_HALVES", "naive,surecache").split(","))

SECRET_KEY = "an example; a real site reads its secret from the environment"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "accounts",
    "events",
    "flags",
    "pages",
]
CACHES = {
    "naive": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(FOLDER / "naive-cache"),
    },
}
if "surecache" in HALVES:
    INSTALLED_APPS += ["surecache.django", "sure"]
    CACHES["default"] = {
        "BACKEND": "surecache.django.SureCache",
        "LOCATION": STORE,
        "KEY_PREFIX": NAMESPACE,
    }
else:
    CACHES["default"] = CACHES["naive"]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(FOLDER / "site.sqlite3"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=268435456"
            ),
        },
    },
}
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["pages.acting.context"]},
    },
]
USE_TZ = True

# Errors of a request go to the log of the server, whatever DEBUG says.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["stderr"], "level": "ERROR"}},
}
