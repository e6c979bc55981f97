"""Many at once: what is taken once is taken once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import httpx
from twinlock_http import Client, Phone

AT_ONCE = 12
REFUSALS = {401, 409, 410, 429, 503}


def together(calls: list[Callable[[], httpx.Response]]) -> Counter[int]:
    """How often each status was answered when all calls began at the same moment."""
    start = Barrier(len(calls))

    def begin(call: Callable[[], httpx.Response]) -> int:
        start.wait()
        return call().status_code

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(begin, calls))


def test_one_code_signs_one_of_many_in(client: Client) -> None:
    phone, _ = client.enrolled()
    browsers = [client.another() for _ in range(AT_ONCE)]
    bodies = [{"challenge": one.challenged(client.user), "code": phone.code(client.now())} for one in browsers]
    seen = together([partial(one.post, "/verify", body) for one, body in zip(browsers, bodies, strict=True)])
    assert seen[200] == 1
    assert seen.keys() <= {200} | REFUSALS, seen


def test_one_backup_code_signs_one_of_many_in(client: Client) -> None:
    _, codes = client.enrolled()
    browsers = [client.another() for _ in range(AT_ONCE)]
    bodies = [{"challenge": one.challenged(client.user), "code": codes[0]} for one in browsers]
    seen = together([partial(one.post, "/verify", body) for one, body in zip(browsers, bodies, strict=True)])
    assert seen[200] == 1
    assert seen.keys() <= {200} | REFUSALS, seen
    assert client.get("/status").json()["backup_codes"]["left"] == 9


def test_one_challenge_is_good_for_one_of_many_codes(bearer: Client) -> None:
    phone, codes = bearer.enrolled()
    challenge = bearer.another().challenged(bearer.user)
    bodies = [{"challenge": challenge, "code": code} for code in (phone.code(bearer.now()), *codes)]
    seen = together([partial(bearer.another().post, "/verify", body) for body in bodies])
    assert seen[200] == 1
    assert seen.keys() <= {200} | REFUSALS, seen


def test_one_setup_is_confirmed_once(bearer: Client) -> None:
    bearer.login(bearer.new_user())
    setup = bearer.post("/setup").json()
    body = {"setup": setup["setup"], "code": Phone(setup["otpauth_uri"]).code(bearer.now())}
    headers = dict(bearer.headers)

    def confirm() -> httpx.Response:
        one = bearer.another()
        one.headers = dict(headers)
        return one.post("/setup/confirm", body)

    seen = together([confirm] * AT_ONCE)
    assert seen[200] == 1
    assert seen.keys() <= {200} | REFUSALS, seen
    assert sum(event["type"] == "enrolled" for event in _events(bearer, setup)) == 1


def _events(client: Client, setup: dict[str, str]) -> list[dict[str, object]]:
    client.advance(30)
    client.post("/step-up", {"code": Phone(setup["otpauth_uri"]).code(client.now())})
    return list(client.get("/events").json()["events"])


def test_many_wrong_codes_at_once_are_all_counted(bearer: Client) -> None:
    phone, _ = bearer.enrolled()
    bearer.advance(90)
    bodies = [
        {"challenge": bearer.another().challenged(bearer.user), "code": phone.wrong(bearer.now(), nth)}
        for nth in range(AT_ONCE)
    ]
    seen = together([partial(bearer.another().post, "/verify", body) for body in bodies])
    # Back-off begins with the fourth: whoever came later was not compared.
    assert seen[401] <= 4
    assert seen.keys() <= REFUSALS, seen
