"""Settings of the worker processes: which store, which secret, which folder."""

import json
import os
from pathlib import Path

FOLDER = Path(os.environ["SHOP_FOLDER"])
SECRET_KEY = os.environ.get("SHOP_SECRET", "the secret of the shop")
SECRET_KEY_FALLBACKS = [secret for secret in [os.environ.get("SHOP_OLD_SECRET")] if secret]
USE_TZ = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["surecache.django", "tests.processes.shop"]
DATABASES = {
    "default": json.loads(os.environ["SHOP_DATABASE"])
    if "SHOP_DATABASE" in os.environ
    else {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "shop.sqlite3"},
}
CACHES = {
    "default": {
        "BACKEND": "surecache.django.SureCache",
        "LOCATION": os.environ["SHOP_LOCATION"],
        "KEY_PREFIX": "shop",
    },
}
