"""`manage.py try_underscoped`: prints as JSON how surecache refuses the naive dashboard's key."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from sure.underscoped import refusals


class Command(BaseCommand):
    help = "Declare the naive dashboard's key with surecache and print the refusals as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", type=int, default=1)
        parser.add_argument("--team", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(refusals(options["user"], options["team"])))
