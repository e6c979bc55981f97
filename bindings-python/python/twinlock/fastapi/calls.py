"""The calls of the contract: one method each, named in `TABLE` by the contract's `operationId`."""

from __future__ import annotations

from typing import Any, Generic

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from twinlock import AsyncTwoFactor

from .answers import done
from .bodies import Body
from .client import context
from .contract import Handler
from .guard import Caller, Guard
from .hooks import Hooks, U, ask
from .problems import ProblemError
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

    async def status(self, request: Request, _body: Body) -> Response:
        """All that a page needs."""
        caller = await self._guard.admit(request)
        members: dict[str, Any] = {"required": await self._hooks.must_have_second_factor(caller.user)}
        csrf = self._hooks.csrf(request) if self._hooks.csrf else None
        if csrf is not None:
            members["csrf"] = csrf
        return JSONResponse({**await self._status_of(request, caller), **members})

    async def begin_setup(self, request: Request, body: Body) -> Response:
        """A new secret, after a step-up or, the first time, the password."""
        caller = await self._guard.admit(request)
        setup = body.optional_text("setup")
        if not caller.enabled:
            await self._reauthenticate(request, caller, body)
        enrollment = await self._engine.begin_enrollment(
            caller.id,
            account_name=self._hooks.name_of(caller.user),
            assurance=caller.assurance,
            setup=setup,
            context=self._context(request),
        )
        return JSONResponse(enrollment.body(), 201)

    async def disable(self, request: Request, body: Body) -> Response:
        """Switch off, unless the application wants this user to keep it."""
        caller = await self._guard.admit(request)
        if await self._hooks.must_have_second_factor(caller.user):
            raise ProblemError("required_by_policy")
        if caller.enabled:
            await self._reauthenticate(request, caller, body)
        await self._engine.disable(caller.id, caller.assurance or "", context=self._context(request))
        response = done()
        self._proof.forget(request, response)
        return response

    async def regenerate_backup_codes(self, request: Request, _body: Body) -> Response:
        """A new set."""
        caller = await self._guard.admit(request)
        codes = await self._engine.regenerate_backup_codes(
            caller.id, caller.assurance or "", context=self._context(request)
        )
        return JSONResponse({"backup_codes": codes})

    async def backup_codes_saved(self, request: Request, _body: Body) -> Response:
        """The user says so."""
        caller = await self._guard.admit(request)
        await self._engine.backup_codes_saved(caller.id, context=self._context(request))
        return done()

    async def rename_authenticator(self, request: Request, body: Body) -> Response:
        """Another name."""
        caller = await self._guard.admit(request)
        await self._engine.rename_authenticator(
            caller.id,
            caller.assurance or "",
            id=request.path_params["id"],
            name=body.text("name"),
            context=self._context(request),
        )
        return done()

    async def remove_authenticator(self, request: Request, _body: Body) -> Response:
        """All but the last."""
        caller = await self._guard.admit(request)
        await self._engine.remove_authenticator(
            caller.id, caller.assurance or "", id=request.path_params["id"], context=self._context(request)
        )
        return done()

    async def list_devices(self, request: Request, _body: Body) -> Response:
        """The devices part of the status."""
        caller = await self._guard.admit(request)
        return JSONResponse({"devices": (await self._status_of(request, caller))["devices"]})

    async def revoke_device(self, request: Request, _body: Body) -> Response:
        """One of them."""
        caller = await self._guard.admit(request)
        await self._engine.revoke_device(caller.id, id=request.path_params["id"], context=self._context(request))
        return done()

    async def revoke_all_devices(self, request: Request, _body: Body) -> Response:
        """All of them."""
        caller = await self._guard.admit(request)
        await self._engine.revoke_all_devices(caller.id, context=self._context(request))
        return done()

    async def list_events(self, request: Request, _body: Body) -> Response:
        """One page of what happened."""
        caller = await self._guard.admit(request)
        cursors = request.query_params.getlist("cursor")
        if len(cursors) > 1:
            raise ProblemError("malformed_request")
        page = await self._engine.events(caller.id, cursor=cursors[0] if cursors else None)
        return JSONResponse(page.body())

    async def _status_of(self, request: Request, caller: Caller[U]) -> dict[str, Any]:
        device = await self._proof.device(request)
        status = await self._engine.status(caller.id, device=device, assurance=caller.assurance)
        return dict(status.body())

    async def _reauthenticate(self, request: Request, caller: Caller[U], body: Body) -> None:
        """Where the application gave the hook: the password again, so that an open laptop is not enough."""
        if self._hooks.reauthenticate is None:
            return
        password = body.optional_text("password")
        if not password:
            raise ProblemError("password_required")
        if not await ask(self._hooks.reauthenticate, request, caller.user, password):
            raise ProblemError("wrong_password")

    def _context(self, request: Request) -> str:
        return context(request, self._hooks.client_ip)
