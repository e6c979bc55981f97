"""A signal for every event of the audit log, sent after its commit.

```python
@receiver(signals.reset)
def mail(sender, event, durable, **kwargs): ...
```

Receivers get `event` (an `Event`: no code, secret or token in it; `event.user_id` is the text of the primary key) and `durable`,
which is false for refusals that are not stored (throttled, wrong backup codes). `happened` is sent for all of them. A receiver
that fails is logged; it cannot undo what happened, nor keep the answer from the caller.
"""

from __future__ import annotations

from django.dispatch import Signal

from .. import Event

happened = Signal()
"""Every event, whatever its type, kinds of newer releases included."""

enrolled = Signal()
authenticator_added = Signal()
authenticator_imported = Signal()
authenticator_renamed = Signal()
authenticator_removed = Signal()
verified = Signal()
failed = Signal()
backup_codes_made = Signal()
backup_codes_saved = Signal()
backup_codes_low = Signal()
device_known = Signal()
device_trusted = Signal()
device_revoked = Signal()
disabled = Signal()
reset = Signal()
unlocked = Signal()
password_changed = Signal()
attack_suspected = Signal()
hardened = Signal()
clock_anomaly = Signal()
resealed = Signal()
erased = Signal()

OF_TYPE: dict[str, Signal] = {
    name: signal for name, signal in list(globals().items()) if isinstance(signal, Signal) and name != "happened"
}
"""The signals by the type of their events."""


def announce(event: Event, durable: bool) -> None:
    """Tells whoever listens; the engine's `on_event`."""
    for signal in (OF_TYPE.get(event.type), happened):
        if signal is not None:
            # Robust logs what a receiver raises, to "django.dispatch".
            signal.send_robust(sender=Event, event=event, durable=durable)
