"""Walks the stories of tests/scenarios through the public API, in both its forms. README.md there is the vocabulary."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from twinlock import AsyncTwoFactor, Event, KeyRing, MemoryStorage, Policy, TwoFactor, TwoFactorError
from twinlock.testing import FakePhone, VirtualClock

ROOT = Path(__file__).resolve().parents[2] / "tests"
STORIES = sorted((ROOT / "scenarios").glob("*.json"))
MANIFEST: dict[str, int] = json.loads((ROOT / "manifest.json").read_text())["scenarios"]

STORY = {"name", "why", "source", "clock", "policy", "phones", "steps"}
STEP = {"call", "args", "wait", "times", "scan", "save", "expect", "writes", "events", "notices", "note"}
BARE = {
    "check_assurance": "verified_at",
    "regenerate_backup_codes": "backup_codes",
    "import_authenticator": "authenticator_id",
    "reseal": "resealed",
}
WITHOUT_USER = {"verify", "restart"}


@pytest.mark.parametrize("form", [TwoFactor, AsyncTwoFactor])
@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path: Path, form: type) -> None:
    asyncio.run(Walker(json.loads(path.read_text()), form).walk())


def test_no_story_is_missing_or_cut() -> None:
    found = {path.name: len(json.loads(path.read_text())["steps"]) for path in STORIES}
    assert found.keys() >= MANIFEST.keys()
    assert all(found[name] >= steps for name, steps in MANIFEST.items())


class Walker:
    def __init__(self, story: dict[str, Any], form: type) -> None:
        assert not story.keys() - STORY, story.keys() - STORY
        self.story, self.form = story, form
        self.clock = VirtualClock(story["clock"])
        self.storage = MemoryStorage()
        self.deployed: dict[str, Any] = {"keys": ["2026a"], "namespace": "", "policy": story.get("policy", {})}
        self.phones = {name: FakePhone(uri, self.clock) for name, uri in story.get("phones", {}).items()}
        self.kept: dict[str, Any] = {}
        self.told: list[tuple[str, bool]] = []
        self.deploy()

    def deploy(self) -> None:
        def on_event(event: Event, durable: bool) -> None:
            self.told.append((event.type, durable))

        self.two_factor = self.form(
            issuer="Acme",
            storage=self.storage,
            keys=KeyRing({id: key(id) for id in self.deployed["keys"]}),
            policy=Policy(**self.deployed["policy"]),
            namespace=self.deployed["namespace"],
            clock=self.clock,
            on_event=on_event,
        )

    async def walk(self) -> None:
        for number, step in enumerate(self.story["steps"]):
            assert not step.keys() - STEP, step.keys() - STEP
            for time in range(step.get("times", 1)):
                self.place = f"step {number} ({step['call']}), time {time}"
                await self.take(step)

    async def take(self, step: dict[str, Any]) -> None:
        self.clock.advance(step.get("wait", 0))
        if step["call"] == "restart":
            changes = step.get("args", {})
            assert not changes.keys() - self.deployed.keys()
            self.deployed |= changes
            self.deploy()
            return
        arguments = {name: self.argument(name, value) for name, value in step.get("args", {}).items()}
        user = arguments.get("user_id", "42")
        if step["call"] not in WITHOUT_USER:
            arguments["user_id"] = user
        before, self.told[:] = self.version(user), []
        result = await self.outcome(step["call"], arguments)
        self.compare(step, result, self.version(user) != before)
        if "scan" in step:
            self.phones[step["scan"]] = FakePhone(result["uri"], self.clock)
        for field, name in step.get("save", {}).items():
            self.kept[name] = reach(result, field)

    async def outcome(self, call: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            outcome = getattr(self.two_factor, call)(**arguments)
            if inspect.isawaitable(outcome):
                outcome = await outcome
        except TwoFactorError as error:
            refusal = {"error": error.code, "retry_after": error.retry_after, "count": error.problem().get("count")}
            return {name: value for name, value in refusal.items() if value is not None}
        return fields(call, outcome)

    def compare(self, step: dict[str, Any], result: dict[str, Any], written: bool) -> None:
        expected = step.get("expect", {})
        if "error" not in expected:
            assert "error" not in result, f"{self.place}: {result}"
        self.match(expected, result, self.place)
        if "writes" in step:
            assert written is step["writes"], f"{self.place}: written {written}"
        for name, durable in (("events", True), ("notices", False)):
            if name in step:
                told = [type for type, stored in self.told if stored is durable]
                assert told == step[name], f"{self.place}: {name} {told}"

    def match(self, expected: Any, found: Any, where: str) -> None:
        if isinstance(expected, dict):
            assert isinstance(found, dict), where
            for field, value in expected.items():
                self.match(value, reach(found, field), f"{where}, {field}")
        elif isinstance(expected, list):
            assert isinstance(found, list), where
            assert len(expected) == len(found), f"{where}: {found}"
            for index, (one, other) in enumerate(zip(expected, found, strict=True)):
                self.match(one, other, f"{where}[{index}]")
        elif isinstance(found, list) and isinstance(expected, int):
            assert len(found) == expected, f"{where}: {len(found)}"
        elif expected == "*":
            assert found is not None, where
        else:
            wanted = self.kept[expected[1:]] if isinstance(expected, str) and expected.startswith("$") else expected
            assert found == wanted and type(found) is type(wanted), f"{where}: {found!r}, not {wanted!r}"

    def argument(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("$"):
            return self.kept[value[1:]]
        if name == "code" and isinstance(value, dict):
            return self.code(value)
        if name == "next_codes":
            return [self.code(one) if isinstance(one, dict) else one for one in value]
        return value

    def code(self, source: dict[str, Any]) -> str:
        match source:
            case {"phone": phone, "step": step, **rest} if not rest:
                return self.phones[phone].code_after(step)
            case {"wrong": digits, **rest} if not rest:
                near = {phone.code_after(step) for phone in self.phones.values() for step in range(-40, 41)}
                return next(code for code in (f"{n:0{digits}}" for n in range(10_000)) if code not in near)
            case {"backup": name, "index": index, **rest} if not rest:
                return str(self.kept[name][index])
        raise AssertionError(f"unknown source of a code: {source}")

    def version(self, user: str) -> int | None:
        record = self.storage.load(user)
        return None if record is None else record.version


def key(id: str) -> bytes:
    return hashlib.sha256(f"twinlock scenario key {id}".encode()).digest()


def fields(call: str, outcome: Any) -> dict[str, Any]:
    """The result by the names of its attributes."""
    if outcome is None:
        return {}
    if call in BARE:
        return {BARE[call]: outcome}
    if call == "status":
        return dict(outcome.body())
    names = [name for name in dir(type(outcome)) if not name.startswith("_")]
    values = {name: getattr(outcome, name) for name in names}
    return {name: value for name, value in values.items() if not callable(value)}


def reach(result: Any, path: str) -> Any:
    for part in path.split("."):
        result = result[int(part)] if isinstance(result, list) else result.get(part)
    return result
