"""For the tests of a Django project: to be signed in with a second factor.

```python
from twinlock.django.test import TestCase

class Payout(TestCase):
    def test_with_a_second_factor(self):
        self.client.force_two_factor(user)
        self.client.post("/payout/")
```

With pytest-django: `@pytest.fixture` `def client(): return Client()`. For other clients, e.g. REST framework's `APIClient`, mix in
`TwoFactorClientMixin`. Everything real is passed: the user is enrolled with a pretend phone and proves it; under a `TestCase` that is
rolled back with the test.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django import test
from django.contrib.auth.base_user import AbstractBaseUser

from .. import AssuranceRequired, TwoFactor, TwoFactorError
from ..testing import FakePhone, enroll
from . import conf
from .state import SESSION_KEY

__all__ = ["AsyncClient", "Client", "TestCase", "TransactionTestCase", "TwoFactorClientMixin"]


class _Person:
    """A user whose pretend phone and backup codes the tests know."""

    def __init__(self, phone: FakePhone, codes: list[str], assurance: str) -> None:
        self.phone, self.codes, self.assurance = phone, codes, assurance

    def prove(self, two_factor: TwoFactor, user_id: str) -> str:
        """A fresh proof. By a backup code: the phone's may be used up until the clock moves on. Where the policy has none, the last
        proof serves until then.
        """
        if not self.codes and self._is_fresh(two_factor, user_id):
            return self.assurance
        step = two_factor.after_first_factor(user_id, fresh=True)
        assert step.challenge is not None, "this user's second factor was switched off"
        code = self.codes.pop() if self.codes else self.phone.code()
        self.assurance = two_factor.verify(step.challenge, code=code).assurance
        if len(self.codes) == 1:
            self.codes = two_factor.regenerate_backup_codes(user_id, self.assurance)
        return self.assurance

    def _is_fresh(self, two_factor: TwoFactor, user_id: str) -> bool:
        try:
            two_factor.check_assurance(user_id, self.assurance, max_age=2 * self.phone.account.period)
        except AssuranceRequired:
            return False
        return True


_people: WeakKeyDictionary[TwoFactor, dict[str, _Person]] = WeakKeyDictionary()


def _proof(user: AbstractBaseUser) -> tuple[FakePhone, str]:
    two_factor, user_id = conf.two_factor(), conf.user_id(user)
    people = _people.setdefault(two_factor, {})
    person = people.get(user_id)
    if not two_factor.status(user_id).enabled:
        phone, enrolled = enroll(two_factor, user_id, conf.settings().clock_function())
        person = _Person(phone, list(enrolled.backup_codes), enrolled.assurance)
        people[user_id] = person
        return phone, enrolled.assurance
    if person is None:
        raise AssertionError("this user was enrolled by the test itself: sign in with its phone, as a browser does")
    try:
        return person.phone, person.prove(two_factor, user_id)
    except TwoFactorError as error:
        raise AssertionError("this user was enrolled anew by the test itself: sign in with its phone") from error


class TwoFactorClientMixin:
    """For a test client: `force_two_factor`, beside Django's `force_login`."""

    def force_two_factor(self, user: AbstractBaseUser, backend: str | None = None) -> FakePhone:
        """Signs that user in, with a second factor proved just now, and gives the phone: `phone.code()` is what it shows.

        A user who has none is enrolled first, which uses the code of that moment. `backend` as in `force_login`.
        """
        phone, assurance = _proof(user)
        client: Any = self
        client.force_login(user, backend)
        session = client.session
        session[SESSION_KEY] = assurance
        session.save()
        return phone


class Client(TwoFactorClientMixin, test.Client):
    """Django's test client with `force_two_factor`."""


class AsyncClient(test.AsyncClient):
    """The same for asynchronous tests."""

    async def aforce_two_factor(self, user: AbstractBaseUser, backend: str | None = None) -> FakePhone:
        """As `TwoFactorClientMixin.force_two_factor`."""
        phone, assurance = await sync_to_async(_proof)(user)
        client: Any = self
        await client.aforce_login(user, backend)
        session = await self.asession()
        await session.aset(SESSION_KEY, assurance)
        await session.asave()
        return phone


class TransactionTestCase(test.TransactionTestCase):
    """Django's, with these clients."""

    client_class = Client
    async_client_class = AsyncClient


class TestCase(test.TestCase):
    """Django's, with these clients."""

    client_class = Client
    async_client_class = AsyncClient
