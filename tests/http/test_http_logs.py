"""No code, no digit of one, no secret and no token in any log, event or refusal."""

from __future__ import annotations

import re

import pytest
from twinlock_http import Client

# Two letters of these in a row stand in nothing else that is sent, so that a part of a code would be found as well.
GUESSES = ("QQQQ-VVVV-QQQQ-VVVV", "QQVVQQVV", "QQVV", "VVQQVVQQVVQQVVQQVVQQ")
PARTS = re.compile("qq|vv", re.IGNORECASE)
FILE = re.compile(r"[\w./-]+\.(?:[cm]?[jt]s|py|java|kt|swift|rs)\b")
"""The name of a file in a traceback, which a bundler may have made up of any letters."""


class Log:
    """What a server has logged from now on. Earlier tests put tokens into addresses to see that they are not read."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._before = len(self._all())

    def _all(self) -> list[str]:
        return list(self._client.host("GET", "/test/logs").json()["lines"])

    def lines(self) -> list[str]:
        """The new lines, the access log's among them."""
        found = self._all()[self._before :]
        assert any("/2fa/verify" in line for line in found), "the access log is part of what is looked at"
        return found


def words(text: str) -> set[str]:
    """A code is looked for as a word of its own: its digits alone would be found in ports, and in times to the microsecond."""
    text = re.sub(r"\d+\.\d+", " ", text)
    return set(re.findall(r"[\w-]+", text)) | set(re.findall(r"\w+", text))


def with_parts(found: list[str]) -> list[str]:
    """The lines with some of a guess in them."""
    return [line for line in found if PARTS.search(FILE.sub("", line))]


def everything(client: Client) -> None:
    """Each call that brings or gives something secret, with success and without."""
    phone, codes = client.enrolled()
    other = client.another()
    challenge = other.challenged(client.user)
    other.post("/verify", {"challenge": challenge, "code": phone.wrong(other.now())})
    other.post("/verify", {"challenge": challenge, "code": codes[0]})
    client.step_up(phone)
    third = client.another()
    challenge = third.challenged(client.user)
    client.advance(90)
    code, next_codes = phone.three(client.now())
    client.sent.update(next_codes)
    assert third.post("/verify", {"challenge": challenge, "code": code, "next_codes": next_codes}).status_code == 200
    third.post("/verify", {"challenge": challenge, "code": codes[1]})
    client.post("/setup/confirm", {"setup": client.post("/setup").json()["setup"], "code": phone.code(client.now())})
    client.post("/backup-codes")
    client.another().login(client.user, code=codes[2])


def test_the_log_holds_no_code_no_secret_and_no_token(client: Client) -> None:
    log = Log(client)
    everything(client)
    assert not {word for line in log.lines() for word in words(line)} & client.sent


def test_the_events_hold_no_code_no_secret_and_no_token(client: Client) -> None:
    everything(client)
    assert not words(client.get("/events").text) & client.sent


def test_the_log_holds_no_part_of_a_code(client: Client) -> None:
    client.enrolled()
    log = Log(client)
    for guess in GUESSES:
        other = client.another()
        other.post("/verify", {"challenge": other.challenged(client.user), "code": guess})
        client.post("/step-up", {"code": guess})
        client.post("/setup/confirm", {"setup": guess, "code": guess, "next_codes": [guess, guess]})
        other.login(client.user, code=guess)
        other.post("/verify", {"challenge": guess, "code": guess})
        other.call(
            "POST", "/verify", content=f'{{"code":"{guess}"'.encode(), headers={"Content-Type": "application/json"}
        )
    assert not with_parts(log.lines())
    assert not PARTS.search(client.get("/events").text)


@pytest.mark.parametrize("fault", ["unavailable", "slow", "tampered", "unknown_key", "lost_race"])
def test_the_log_of_a_failure_holds_no_part_of_a_code(bearer: Client, fault: str) -> None:
    """A traceback may show much: the arguments of a call, a record, a key."""
    phone, codes = bearer.enrolled()
    challenge = bearer.another().challenged(bearer.user)
    log = Log(bearer)
    bearer.host("POST", "/test/storage", {"fault": fault})
    try:
        for code in (*GUESSES, phone.code(bearer.now()), codes[0]):
            bearer.another().post("/verify", {"challenge": challenge, "code": code})
            bearer.post("/step-up", {"code": code})
            bearer.another().login(bearer.user, code=code)
    finally:
        bearer.host("POST", "/test/storage", {"fault": None})
    found = log.lines()
    assert not {word for line in found for word in words(line)} & bearer.sent
    assert not with_parts(found)


def test_a_refusal_never_repeats_what_was_sent(client: Client) -> None:
    phone, _ = client.enrolled("admin")
    guess, id, other = GUESSES[0], "VVV-QQQ", client.another()
    challenge = other.challenged(client.user)
    refused = [
        other.post("/verify", {"challenge": challenge, "code": guess, "next_codes": [guess]}),
        other.post("/verify", {"challenge": challenge, "code": guess}),
        other.post("/verify", {"challenge": guess, "code": phone.wrong(client.now())}),
        client.post("/step-up", {"code": guess}),
        client.post("/setup/confirm", {"setup": guess, "code": guess}),
        client.patch(f"/authenticators/{id}", {"name": guess}),
        client.patch(f"/authenticators/{id}", {"name": guess * 10}),
        client.delete(f"/devices/{id}"),
        client.get(f"/events?cursor={id}"),
        client.post(f"/admin/users/{id}/reset", {"reason": guess * 20}),
        client.call("POST", "/step-up", content=guess.encode(), headers={"Content-Type": "application/json"}),
        client.call("POST", "/step-up", content=guess.encode(), headers={"Content-Type": guess}),
        other.login(client.user, code=guess, carry=guess * 100),
    ]
    for answer in refused:
        assert answer.status_code >= 400, answer.text
        text = answer.text
        for token in (challenge, answer.json().get("challenge") or challenge):
            text = text.replace(token, "")
        assert not PARTS.search(text), text


@pytest.mark.parametrize(
    "agent", ["x" * 2000, "\xe9\xff", "a\tb", "", "<script>alert(1)</script>", "{{7*7}}${7*7}%s%n"]
)
def test_a_label_is_a_short_printable_text_whatever_a_browser_calls_itself(client: Client, agent: str) -> None:
    client.headers["User-Agent"] = agent.encode("latin-1")  # type: ignore[assignment]
    client.enrolled()
    label = client.get("/devices").json()["devices"][0]["label"]
    assert label.isprintable()
    assert 1 <= len(label.encode()) <= 64
    contexts = {event["context"] for event in client.get("/events").json()["events"]}
    assert all(context.isprintable() and len(context.encode()) <= 256 for context in contexts)


def test_events_and_labels_tell_the_browser_and_the_address(client: Client) -> None:
    client.enrolled()
    where = "Firefox on Linux (127.0.0.1)"
    assert client.get("/devices").json()["devices"][0]["label"] == where
    assert {event["context"] for event in client.get("/events").json()["events"]} == {where}
