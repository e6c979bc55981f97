"""The calls of the contract: one method each, named in `TABLE` by the contract's `operationId`."""

from __future__ import annotations

from typing import Any, Generic

from twinlock import AsyncTwoFactor

from .bodies import Body
from .client import context
from .guard import Caller, Guard
from .hooks import Hooks, U
from .messages import Handler, Incoming, Reply, done
from .problems import Refusal
from .proof import Proof


class Calls(Generic[U]):
    """What a signed-in user sees and changes."""

    def __init__(self, engine: AsyncTwoFactor, hooks: Hooks[U], proof: Proof, guard: Guard[U]) -> None:
        self._engine = engine
        self._hooks = hooks
        self._proof = proof
        self._guard = guard

    @property
    def table(self) -> dict[str, Handler]:
        """Each call of the contract that is served here."""
        return {
            "status": self.status,
            "beginSetup": self.begin_setup,
            "disable": self.disable,
            "regenerateBackupCodes": self.regenerate_backup_codes,
            "backupCodesSaved": self.backup_codes_saved,
            "renameAuthenticator": self.rename_authenticator,
            "removeAuthenticator": self.remove_authenticator,
            "listDevices": self.list_devices,
            "revokeDevice": self.revoke_device,
            "revokeAllDevices": self.revoke_all_devices,
            "listEvents": self.list_events,
        }

    async def status(self, request: Incoming, _body: Body) -> Reply:
        """All that a page needs."""
        caller = await self._guard.admit(request)
        members: dict[str, Any] = {"required": await self._hooks.must_have_second_factor(caller.user)}
        csrf = self._hooks.csrf(request.native) if self._hooks.csrf else None
        if csrf is not None:
            members["csrf"] = csrf
        return Reply(body={**await self._status_of(request, caller), **members})

    async def begin_setup(self, request: Incoming, body: Body) -> Reply:
        """A new secret, after a step-up or, the first time, the password."""
        caller = await self._guard.admit(request)
        setup = body.optional_text("setup")
        if setup is None:
            setup = await self._proof.setup(request)
        if not caller.enabled:
            await self._reauthenticate(request, caller, body)
        enrollment = await self._engine.begin_enrollment(
            caller.id,
            account_name=self._hooks.name_of(caller.user),
            assurance=caller.assurance,
            setup=setup,
            context=self._context(request),
        )
        reply = Reply(201, enrollment.body())
        self._proof.keep_setup(request, reply, enrollment.setup)
        return reply

    async def disable(self, request: Incoming, body: Body) -> Reply:
        """Switch off, unless the application wants this user to keep it."""
        caller = await self._guard.admit(request)
        if await self._hooks.must_have_second_factor(caller.user):
            raise Refusal("required_by_policy")
        if caller.enabled:
            await self._reauthenticate(request, caller, body)
        await self._engine.disable(caller.id, caller.assurance or "", context=self._context(request))
        reply = done()
        self._proof.forget(request, reply)
        return reply

    async def regenerate_backup_codes(self, request: Incoming, _body: Body) -> Reply:
        """A new set."""
        caller = await self._guard.admit(request)
        codes = await self._engine.regenerate_backup_codes(
            caller.id, caller.assurance or "", context=self._context(request)
        )
        return Reply(body={"backup_codes": codes})

    async def backup_codes_saved(self, request: Incoming, _body: Body) -> Reply:
        """The user says so."""
        caller = await self._guard.admit(request)
        await self._engine.backup_codes_saved(caller.id, context=self._context(request))
        return done()

    async def rename_authenticator(self, request: Incoming, body: Body) -> Reply:
        """Another name."""
        caller = await self._guard.admit(request)
        await self._engine.rename_authenticator(
            caller.id,
            caller.assurance or "",
            id=request.parameters["id"],
            name=body.text("name"),
            context=self._context(request),
        )
        return done()

    async def remove_authenticator(self, request: Incoming, _body: Body) -> Reply:
        """All but the last."""
        caller = await self._guard.admit(request)
        await self._engine.remove_authenticator(
            caller.id, caller.assurance or "", id=request.parameters["id"], context=self._context(request)
        )
        return done()

    async def list_devices(self, request: Incoming, _body: Body) -> Reply:
        """The devices part of the status."""
        caller = await self._guard.admit(request)
        return Reply(body={"devices": (await self._status_of(request, caller))["devices"]})

    async def revoke_device(self, request: Incoming, _body: Body) -> Reply:
        """One of them."""
        caller = await self._guard.admit(request)
        await self._engine.revoke_device(caller.id, id=request.parameters["id"], context=self._context(request))
        return done()

    async def revoke_all_devices(self, request: Incoming, _body: Body) -> Reply:
        """All of them."""
        caller = await self._guard.admit(request)
        await self._engine.revoke_all_devices(caller.id, context=self._context(request))
        return done()

    async def list_events(self, request: Incoming, _body: Body) -> Reply:
        """One page of what happened."""
        caller = await self._guard.admit(request)
        cursors = request.query("cursor")
        if len(cursors) > 1:
            raise Refusal("malformed_request")
        page = await self._engine.events(caller.id, cursor=cursors[0] if cursors else None)
        return Reply(body=page.body())

    async def _status_of(self, request: Incoming, caller: Caller[U]) -> dict[str, Any]:
        device = await self._proof.device(request)
        status = await self._engine.status(caller.id, device=device, assurance=caller.assurance)
        return dict(status.body())

    async def _reauthenticate(self, request: Incoming, caller: Caller[U], body: Body) -> None:
        """Where the application gave the hook: the password again, so that an open laptop is not enough."""
        if self._hooks.reauthenticate is None:
            return
        password = body.optional_text("password")
        if not password:
            raise Refusal("password_required")
        if not await self._hooks.ask(self._hooks.reauthenticate, request.native, caller.user, password):
            raise Refusal("wrong_password")

    def _context(self, request: Incoming) -> str:
        return context(request, self._hooks.client_ip)
