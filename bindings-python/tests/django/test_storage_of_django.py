"""The storage in a test's own transaction, and on connections of its own."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from twinlock import StoredRecord
from twinlock.django import conf
from twinlock.django.models import Event, Record
from twinlock.django.storage import DjangoStorage
from twinlock.testing import example_event


def record(version: int) -> StoredRecord:
    return StoredRecord(version=version, enabled=True, key_id="2026a", data=b"\0sealed")


@pytest.mark.django_db
def test_under_a_test_case_the_storage_joins_the_tests_connection():
    storage = DjangoStorage()
    assert storage.save("1", None, record(1), [example_event("1")])
    assert Record.objects.get().user_id == "1"
    assert Event.objects.get().id == example_event("1").id
    with transaction.atomic():
        assert storage.save("1", 1, record(2), [])
    assert storage.load("1") == record(2)


def test_nothing_of_it_is_left_for_the_next_test(db):
    assert DjangoStorage().load("1") is None
    assert conf.two_factor().status("1").enabled is False
    assert connection.in_atomic_block
