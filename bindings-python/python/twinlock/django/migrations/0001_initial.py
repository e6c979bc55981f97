"""The two tables of `contract/schema`."""

import django.db.models
from django.db import migrations

import twinlock.django.models
from twinlock.django._schema import CreateTables, table


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[CreateTables()],
            state_operations=[
                migrations.CreateModel(
                    name="Record",
                    fields=[
                        (
                            "user_id",
                            twinlock.django.models.NameField(
                                max_length=255, primary_key=True, serialize=False, verbose_name="user"
                            ),
                        ),
                        ("version", django.db.models.BigIntegerField(verbose_name="version")),
                        ("enabled", django.db.models.BooleanField(verbose_name="enabled")),
                        ("key_id", twinlock.django.models.NameField(max_length=64, verbose_name="key")),
                        ("data", django.db.models.BinaryField(verbose_name="sealed record")),
                    ],
                    options={
                        "verbose_name": "second factor",
                        "verbose_name_plural": "second factors",
                        "db_table": table("twinlock_record"),
                        "permissions": [
                            ("reset_record", "Can reset a user's second factor"),
                            ("unlock_record", "Can forgive a user's wrong codes"),
                        ],
                        "abstract": False,
                        "default_permissions": ("view",),
                    },
                ),
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        ("id", twinlock.django.models.EventIdField(primary_key=True, serialize=False)),
                        ("user_id", twinlock.django.models.NameField(max_length=255, verbose_name="user")),
                        ("type", twinlock.django.models.NameField(max_length=64, verbose_name="type")),
                        ("at", django.db.models.BigIntegerField(verbose_name="Unix seconds")),
                        ("success", django.db.models.BooleanField(verbose_name="success")),
                        ("method", twinlock.django.models.NameField(max_length=64, null=True, verbose_name="method")),
                        ("actor", django.db.models.CharField(max_length=256, null=True, verbose_name="actor")),
                        ("context", django.db.models.CharField(max_length=256, null=True, verbose_name="context")),
                        ("detail", django.db.models.TextField(default="{}", verbose_name="detail")),
                    ],
                    options={
                        "verbose_name": "event of a second factor",
                        "verbose_name_plural": "events of second factors",
                        "db_table": table("twinlock_event"),
                        "ordering": ["-id"],
                        "abstract": False,
                        "default_permissions": ("view",),
                    },
                ),
            ],
        ),
    ]
