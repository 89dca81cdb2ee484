"""Django's settings for the tests of this tree: a database in memory, one cache of each store.

Processes that a test starts find the folder of the embedded store in the environment; the process
that made the folder removes it. The server of the cache `redis` is started by the tests that use
it (`tests/django/conftest.py`), on a socket in that folder.
"""

import atexit
import os
import shutil
import tempfile


def _folder() -> str:
    given = os.environ.get("SURECACHE_TEST_FOLDER")
    if given:
        return given
    owner, made = os.getpid(), tempfile.mkdtemp(prefix="surecache-tests-")
    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(made, ignore_errors=True))
    os.environ["SURECACHE_TEST_FOLDER"] = made
    return made


SECRET_KEY = "the secret of the tests"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "surecache.django",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CACHES = {
    "default": {
        "BACKEND": "surecache.django.SureCache",
        "LOCATION": "memory://tests",
        "KEY_PREFIX": "tests",
    },
    "embedded": {
        "BACKEND": "surecache.django.SureCache",
        "LOCATION": f"embedded://{_folder()}/store",
        "KEY_PREFIX": "tests",
    },
    "redis": {
        "BACKEND": "surecache.django.SureCache",
        "LOCATION": f"unix://{_folder()}/redis/socket",
        "KEY_PREFIX": "tests",
    },
}
