"""What happens to users that the second factor must know of: a new password, and the end of the account.

Both are told after the commit of the transaction they happen in, if there is one; what fails then is logged.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from . import conf


@receiver(post_save, sender=settings.AUTH_USER_MODEL, dispatch_uid="twinlock.password_changed")
def password_changed(instance: Any, created: bool, using: str, raw: bool = False, **_: Any) -> None:
    """Ends challenges, setups, proofs and the trust of browsers when `set_password` and `save` gave a new password.

    A password that is only hashed anew at a sign-in, by a newer hasher, is the same password.
    """
    if not created and not raw and getattr(instance, "_password", None) is not None:
        user_id = conf.user_id(instance)
        transaction.on_commit(lambda: conf.two_factor().password_changed(user_id), using=using, robust=True)


@receiver(post_delete, sender=settings.AUTH_USER_MODEL, dispatch_uid="twinlock.erased")
def erased(instance: Any, using: str, **_: Any) -> None:
    """Deletes record and events with the account."""
    user_id = conf.user_id(instance)
    transaction.on_commit(lambda: conf.two_factor().erase(user_id), using=using, robust=True)
