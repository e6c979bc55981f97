"""Takes over the devices of one user after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .._sync import TwoFactor
from ..errors import InvalidSecret, MalformedRequest, TooManyAuthenticators
from ._device import Device
from ._rehearsal import Rehearsal

_NAME_BYTES = 64
_DRIFT = 20  # farther than that even three consecutive codes do not find a phone


@dataclass(frozen=True)
class Problem:
    """A device that was not taken over. No secret in it."""

    user_id: str
    device: str
    reason: str

    def __str__(self) -> str:
        return f"user {self.user_id}: {self.device}: {self.reason}"


@dataclass
class OldUser:
    """One user with what the old system keeps of the second factor."""

    user_id: str
    devices: list[Device] = field(default_factory=list)
    left_out: int = 0
    """Devices that were never confirmed."""
    problems: list[tuple[str, str]] = field(default_factory=list)
    """Devices that cannot be taken over, and why."""


@dataclass
class Report:
    """What was done, in devices; in a dry run what would be."""

    users: int = 0
    imported: int = 0
    already_there: int = 0
    weak: int = 0
    left_out: int = 0
    problems: int = 0

    def __str__(self) -> str:
        text = (
            f"{self.users} users: {self.imported} authenticators imported, {self.already_there} already there, "
            f"{self.left_out} unconfirmed left out, {self.problems} not imported"
        )
        return f"{text}, {self.weak} with a weak secret" if self.weak else text


class Importer:
    """Takes devices over into `two_factor`; `actor` (1 to 128 bytes) goes into the users' events.

    `dry_run` decides and stores nothing. `add` also adds devices to users who have a record already; without it they are left alone,
    because their old phone may be the one that was lost. `on_problem` is told of each device that is not taken over.
    """

    def __init__(
        self,
        two_factor: TwoFactor,
        *,
        actor: str,
        dry_run: bool = False,
        add: bool = False,
        on_problem: Callable[[Problem], None] | None = None,
    ) -> None:
        self.report = Report()
        self._real = two_factor
        self._rehearsal = Rehearsal(two_factor)
        self._target: TwoFactor = self._rehearsal if dry_run else two_factor
        self._actor = actor
        self._add = add
        self._on_problem = on_problem
        self._most: int = two_factor.policy.settings["max_authenticators"]

    def take(self, old: OldUser) -> None:
        """Takes over all that can be, and reports the rest; raises as `user`."""
        for device, reason in old.problems:
            self.problem(old.user_id, device, reason)
        self.report.left_out += old.left_out
        if old.devices:
            self.user(old.user_id, old.devices)

    def user(self, user_id: str, devices: Sequence[Device]) -> None:
        """Takes over all devices of one user.

        What is wrong with a device is a problem in the report. Raises what stands in the way of all: `StorageError`, `StorageTimeout`,
        `UnknownKey`, `RecordTampered`, `ConfigurationError`.
        """
        self.report.users += 1
        chosen = self._chosen(user_id, devices)
        try:
            # Raises for an id that no user can have, before any storage is asked.
            self._real._engine.status(user_id, None, None)
            record = self._real._load_in_place(user_id)
            if record is None or self._add:
                self._take_all(user_id, chosen, is_new=record is None)
            elif self._is_in(user_id, chosen):
                self.report.already_there += len(chosen)
            else:
                since = "changed the authenticators" if record.enabled else "switched the second factor off"
                self._refuse(user_id, chosen, f"the user has {since} since; left alone")
        except MalformedRequest as error:
            self._refuse(user_id, chosen, str(error))
        finally:
            self._rehearsal.forget()

    def problem(self, user_id: str, device: str, reason: str) -> None:
        """Notes a device that cannot be taken over."""
        self.report.problems += 1
        if self._on_problem is not None:
            self._on_problem(Problem(user_id, device, reason))

    def _chosen(self, user_id: str, devices: Sequence[Device]) -> list[Device]:
        last_used_first = sorted(devices, key=lambda device: -(device.last_used_at or 0))
        for device in last_used_first[self._most :]:
            self.problem(
                user_id, device.label, f"a user may have {self._most} authenticators; the last used were taken"
            )
        return last_used_first[: self._most]

    def _is_in(self, user_id: str, devices: Sequence[Device]) -> bool:
        """Whether importing these would change nothing."""
        try:
            for device in devices:
                self._import(self._rehearsal, user_id, device)
        except (InvalidSecret, MalformedRequest, TooManyAuthenticators):
            return False
        return self._rehearsal.forget() == 0

    def _refuse(self, user_id: str, devices: Sequence[Device], reason: str) -> None:
        for device in devices:
            self.problem(user_id, device.label, reason)

    def _take_all(self, user_id: str, devices: Sequence[Device], *, is_new: bool) -> None:
        there = set() if is_new else {one.id for one in self._target.status(user_id).authenticators}
        added = set()
        for device in devices:
            authenticator_id = self._take(user_id, device)
            if authenticator_id in there or authenticator_id in added:
                self.report.already_there += 1
            elif authenticator_id is not None:
                added.add(authenticator_id)
        if added:
            self.report.imported += len(added)
            authenticators = self._target.status(user_id).authenticators
            self.report.weak += sum(one.weak for one in authenticators if one.id in added)

    def _take(self, user_id: str, device: Device) -> str | None:
        if abs(device.drift) > _DRIFT:
            reason = f"the phone's clock is {device.drift} steps off; the user must enroll anew"
        else:
            try:
                return self._import(self._target, user_id, device)
            except (InvalidSecret, MalformedRequest, TooManyAuthenticators) as error:
                reason = str(error)
        self.problem(user_id, device.label, reason)
        return None

    def _import(self, target: TwoFactor, user_id: str, device: Device) -> str:
        return target.import_authenticator(
            user_id,
            secret=device.secret,
            uri=device.uri,
            name=_cut(device.name),
            algorithm=device.algorithm,
            digits=device.digits,
            period=device.period,
            last_used_step=device.last_used_step,
            drift=device.drift,
            actor=self._actor,
        )


def _cut(name: str | None) -> str | None:
    # What an old system let a user type must not keep the authenticator out.
    shown = "".join(character if character.isprintable() else " " for character in name or "").strip()
    return shown.encode(errors="ignore")[:_NAME_BYTES].decode(errors="ignore").strip() or None


__all__ = ["Importer", "OldUser", "Problem", "Report"]
