"""The table of what transactions owe to the stores."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    """Makes the table."""

    initial = True
    operations = [
        migrations.CreateModel(
            name="Outbox",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(db_default=Now())),
                ("format", models.SmallIntegerField()),
                ("namespace", models.CharField(max_length=32)),
                ("tags", models.BinaryField()),
            ],
            options={"db_table": "surecache_outbox", "default_permissions": ()},
        ),
    ]
