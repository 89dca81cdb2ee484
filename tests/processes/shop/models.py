"""What the cached answers are made from."""

from django.db import models


class Item(models.Model):
    """Rows are made by the test; see ``tests.processes.stage``."""

    id = models.IntegerField(primary_key=True)
    text = models.TextField()

    class Meta:
        managed = False
        db_table = "shop_item"
