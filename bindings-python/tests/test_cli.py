"""The command `twinlock`, as an operator types it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time

import pytest

from twinlock import InvalidCode, KeyRing, SqliteStorage, TwoFactor
from twinlock.cli import main
from twinlock.testing import FakePhone, enroll

URI = "otpauth://totp/Acme:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.fixture
def keys(monkeypatch) -> str:
    text = KeyRing.generate("old").to_text()
    monkeypatch.setenv("TWINLOCK_KEYS", text)
    return text


def earlier() -> float:
    return time.time() - 600


@pytest.fixture
def database(tmp_path, keys) -> str:
    path = tmp_path / "2fa.db"
    storage = SqliteStorage(path)
    for user in ("ada", "bob", "eve"):
        phone, _ = enroll(TwoFactor(issuer="Acme", storage=storage, clock=earlier), user, earlier)
    two_factor = TwoFactor(issuer="Acme", storage=storage)
    for _ in range(4):
        with pytest.raises(InvalidCode):
            two_factor.verify(two_factor.after_first_factor("eve").challenge, code=phone.wrong_code())
    return str(path)


def test_keygen_prints_a_key_that_can_be_used(capsys):
    assert main(["keygen"]) == 0
    assert KeyRing.from_text(capsys.readouterr().out).active_id == time.strftime("%Ya", time.gmtime())
    assert main(["keygen", "--id", "next"]) == 0
    assert KeyRing.from_text(capsys.readouterr().out).active_id == "next"
    assert main(["keygen", "--id", "not an id"]) == 1
    assert "key id" in capsys.readouterr().err


def test_policy_says_what_it_means(capsys):
    assert main(["policy"]) == 0
    assert "within the bound" in capsys.readouterr().out
    assert main(["policy", "budget_return_days=7"]) == 0
    assert "above the bound" in capsys.readouterr().out
    assert main(["policy", "--fixed-lockout", "5", "15", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["within_bound"], shown["settings"]["accept_risk"]) == (False, False)
    assert shown["yearly_guess_probability"] == pytest.approx(0.41, abs=0.005)
    assert main(["policy", "digit=8"]) == 1
    assert "digit" in capsys.readouterr().err


def test_code_shows_what_the_app_would(capsys, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 59.0)
    assert main(["code", URI]) == 0
    assert capsys.readouterr().out == "287082  (1 s left)\n"
    monkeypatch.setattr("sys.stdin", __import__("io").StringIO(URI + "\n"))
    assert main(["code", "-"]) == 0
    assert capsys.readouterr().out.startswith("287082")
    assert main(["code", "https://example.com"]) == 1


def test_status_shows_a_user(capsys, database):
    assert main(["status", "--db", database, "ada"]) == 0
    shown = capsys.readouterr().out
    assert "two-factor authentication: on" in shown
    assert "10 of 10 left" in shown
    assert main(["status", "--db", database, "eve"]) == 0
    assert "single codes again in" in capsys.readouterr().out
    assert main(["status", "--db", database, "nobody", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["enabled"] is False


def test_unlock_and_reset_help_a_user(capsys, database):
    assert main(["unlock", "--db", database, "eve", "--actor", "desk 7"]) == 0
    capsys.readouterr()
    main(["status", "--db", database, "eve"])
    assert "again in" not in capsys.readouterr().out
    assert main(["reset", "--db", database, "eve", "--actor", "desk 7", "--reason", "lost phone"]) == 0
    two_factor = TwoFactor(issuer="Acme", storage=SqliteStorage(database))
    assert not two_factor.status("eve").enabled
    event = two_factor.events("eve", limit=1).events[0]
    assert (event.type, event.actor, event.detail) == ("reset", "desk 7", {"reason": "lost phone"})


def test_reseal_moves_all_records_to_the_new_key(capsys, monkeypatch, database, keys):
    new = KeyRing.generate("new").to_text()
    monkeypatch.setenv("TWINLOCK_KEYS", f"{new},{keys}")
    assert main(["reseal", "--db", database]) == 0
    assert capsys.readouterr().out == "3 records moved to key new, 0 failed\n"
    monkeypatch.setenv("TWINLOCK_KEYS", new)
    assert main(["status", "--db", database, "ada"]) == 0


def test_reseal_goes_on_where_one_record_does_not_open(capsys, monkeypatch, database):
    monkeypatch.setenv("TWINLOCK_KEYS", KeyRing.generate("new").to_text())
    with pytest.raises(SystemExit) as exit:
        main(["reseal", "--db", database])
    assert exit.value.code == 1
    assert "0 records moved to key new, 3 failed" in capsys.readouterr().out


def test_what_is_missing_is_said(capsys, monkeypatch, tmp_path, database):
    assert main(["status", "--db", str(tmp_path / "typo.db"), "ada"]) == 1
    assert "there is no file" in capsys.readouterr().err
    for command in (["reset", "--db", database, "ada"], ["unlock", "--db", database, "ada"], ["status"], [], ["x"]):
        with pytest.raises(SystemExit) as exit:
            main(command)
        assert exit.value.code == 2
    capsys.readouterr()
    monkeypatch.delenv("TWINLOCK_KEYS")
    assert main(["status", "--db", database, "ada"]) == 1
    assert "twinlock keygen" in capsys.readouterr().err


def test_no_secret_is_printed(capsys, database, keys):
    phone = FakePhone(URI, time.time)
    for command in (["status", "--db", database, "ada"], ["reseal", "--db", database], ["code", URI]):
        main(command)
    printed = "".join(capsys.readouterr())
    assert keys.split(":")[1] not in printed
    assert "GEZDGNBV" not in printed
    # A word of its own: the ids of devices are hexadecimal and may hold those letters.
    assert not re.search(rf"\b{re.escape(phone.account.account_name)}\b", printed)


def test_it_runs_as_a_module():
    run = subprocess.run([sys.executable, "-m", "twinlock", "policy"], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stderr) == (0, "")
    assert "8.85e-05" in run.stdout
