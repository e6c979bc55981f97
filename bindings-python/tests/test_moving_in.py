"""Moving in: devices of another system become authenticators, and nothing that a user changed since comes back."""

from __future__ import annotations

import io
import json

import pytest

from twinlock import InvalidCode, KeyRing, SqliteStorage, TwoFactor
from twinlock.cli import main
from twinlock.moving_in import Device, Importer, Problem, Progress
from twinlock.testing import FakePhone, proof

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
OTHER = "KRUGS4ZANFZSAYJAON2HE33OM4QHGZLD"
URI = f"otpauth://totp/Old:ada?secret={SECRET}"


def sign_in(two_factor, user_id, code):
    return two_factor.verify(two_factor.after_first_factor(user_id).challenge, code=code)


@pytest.fixture
def problems() -> list[Problem]:
    return []


@pytest.fixture
def importer(two_factor, problems):
    def make(**options):
        return Importer(two_factor, actor="test", on_problem=problems.append, **options)

    return make


def test_nobody_scans_anything_again(two_factor, importer, clock):
    importer().user("ada", [Device("a", SECRET, name="Ada's phone")])
    phone = FakePhone(URI, clock)
    assert sign_in(two_factor, "ada", phone.code()).user_id == "ada"
    status = two_factor.status("ada")
    assert [one.name for one in status.authenticators] == ["Ada's phone"]
    assert (status.backup_codes.left, status.backup_codes.total) == (0, 0)


def test_what_was_used_before_moving_stays_used(two_factor, importer, clock):
    step = int(clock()) // 30
    importer().user("ada", [Device("a", SECRET, last_used_step=step)])
    phone = FakePhone(URI, clock)
    with pytest.raises(InvalidCode):
        sign_in(two_factor, "ada", phone.code())
    clock.advance(30)
    assert sign_in(two_factor, "ada", phone.code()).user_id == "ada"


def test_a_second_run_changes_nothing(two_factor, importer, storage):
    devices = [Device("a", SECRET), Device("b", OTHER)]
    importer().user("ada", devices)
    version = storage.load("ada").version
    second = importer()
    second.user("ada", devices)
    assert (second.report.imported, second.report.already_there) == (0, 2)
    assert storage.load("ada").version == version


def test_who_switched_it_off_since_stays_off(two_factor, importer, clock, problems):
    importer().user("ada", [Device("a", SECRET)])
    two_factor.disable("ada", proof(two_factor, "ada", FakePhone(URI, clock)))
    second = importer()
    second.user("ada", [Device("a", SECRET)])
    assert not two_factor.status("ada").enabled
    assert (second.report.problems, problems[0].device) == (1, "a")
    assert "switched the second factor off" in problems[0].reason


def test_a_phone_that_was_removed_since_does_not_come_back(two_factor, importer, clock, problems):
    importer().user("ada", [Device("a", SECRET), Device("b", OTHER)])
    phone = FakePhone(URI, clock)
    removed = two_factor.status("ada").authenticators[1].id
    two_factor.remove_authenticator("ada", proof(two_factor, "ada", phone), id=removed)
    importer().user("ada", [Device("a", SECRET), Device("b", OTHER)])
    assert len(two_factor.status("ada").authenticators) == 1
    assert {problem.device for problem in problems} == {"a", "b"}
    importer(add=True).user("ada", [Device("a", SECRET), Device("b", OTHER)])
    assert len(two_factor.status("ada").authenticators) == 2


def test_a_dry_run_stores_nothing_and_says_what_would_be(two_factor, importer, storage, told, problems):
    rehearsal = importer(dry_run=True)
    rehearsal.user("ada", [Device("a", SECRET), Device("b", OTHER), Device("c", "not base32!")])
    rehearsal.user("bob", [Device("d", SECRET)])
    assert (rehearsal.report.imported, rehearsal.report.problems, rehearsal.report.users) == (3, 1, 2)
    assert storage.load("ada") is None
    assert storage.load("bob") is None
    assert told == []
    assert problems[0].device == "c"


def test_of_more_devices_than_allowed_the_last_used_come_along(two_factor, importer, problems):
    secrets = [KeyRing.generate("k").to_text().partition(":")[2].encode()[:20] for _ in range(4)]
    devices = [Device(f"d{n}", Device.base32(secret), last_used_at=n) for n, secret in enumerate(secrets)]
    done = importer()
    done.user("ada", devices)
    assert (done.report.imported, [problem.device for problem in problems]) == (3, ["d0"])


def test_a_phone_too_far_off_is_reported_and_a_near_one_learns_its_drift(two_factor, importer, clock, problems):
    done = importer()
    done.user("ada", [Device("far", SECRET, drift=21)])
    done.user("bob", [Device("near", SECRET, drift=-3)])
    assert [problem.device for problem in problems] == ["far"]
    behind = FakePhone(URI, lambda: clock() - 90)
    assert sign_in(two_factor, "bob", behind.code()).user_id == "bob"


def test_weak_secrets_are_counted_and_odd_names_made_fit(two_factor, importer):
    done = importer()
    done.user("ada", [Device("a", "JBSWY3DPEHPK3PXP", name="Ada's\nphone " + "ä" * 64)])
    assert (done.report.imported, done.report.weak) == (1, 1)
    name = two_factor.status("ada").authenticators[0].name
    assert name.startswith("Ada's phone ä") and len(name.encode()) <= 64


def test_a_user_id_that_cannot_be_is_a_problem_of_that_user_only(two_factor, importer, problems):
    done = importer()
    done.user("line\nbreak", [Device("a", SECRET)])
    done.user("ada", [Device("b", SECRET)])
    assert (done.report.imported, [problem.device for problem in problems]) == (1, ["a"])


def test_neither_a_device_nor_a_problem_shows_the_secret(importer, problems):
    device = Device("a", "SECRET!!SECRET!!", uri=None)
    importer().user("ada", [device])
    assert "SECRET!!" not in repr(device) + str(problems)


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def imports(tmp_path, monkeypatch):
    monkeypatch.setenv("TWINLOCK_KEYS", KeyRing.generate("k").to_text())
    database = tmp_path / "2fa.db"

    def run(text: str, *options: str, name: str = "old.csv") -> int:
        (tmp_path / name).write_text(text, encoding="utf-8")
        try:
            return main(["import", str(tmp_path / name), "--db", str(database), *options])
        except SystemExit as done:
            return int(done.code or 0)

    run.storage = lambda: TwoFactor(issuer="Acme", storage=SqliteStorage(database))
    return run


def test_a_csv_file_is_imported_and_a_second_run_passes_over_it(imports, capsys):
    text = f"user_id,secret,name,digits,last_used_step\nada,{SECRET},phone,,5\nada,{OTHER},,8,\nbob,{SECRET},,,\n"
    assert imports(text) == 0
    assert "2 users: 3 authenticators imported" in capsys.readouterr().out
    assert [one.name for one in imports.storage().status("ada").authenticators][0] == "phone"
    assert imports(text) == 0
    assert "0 authenticators imported, 3 already there" in capsys.readouterr().out


def test_json_lines_are_imported_and_a_bad_line_keeps_nobody_else_out(imports, capsys):
    lines = [
        {"user_id": 7, "uri": URI},
        {"user_id": "b", "secret": ["x"]},
        {"user_id": "c", "secret": OTHER, "drift": "x"},
    ]
    text = "\n".join([*map(json.dumps, lines), "nonsense", json.dumps({"user_id": "d", "secret": OTHER})])
    assert imports(text, name="old.jsonl") == 1
    told = capsys.readouterr()
    assert "2 authenticators imported" in told.out and "3 not imported" in told.out
    assert "user c: line 3: drift must be a whole number" in told.err
    assert imports.storage().status("7").enabled
    assert SECRET not in told.err and OTHER not in told.err


def test_a_dry_run_of_the_command_stores_nothing(imports, capsys):
    assert imports(f"user_id,uri\nada,{URI}\n", "--dry-run") == 0
    assert capsys.readouterr().out.startswith("dry run, nothing stored: 1 users: 1 authenticators imported")
    assert not imports.storage().status("ada").enabled


def test_misnamed_columns_are_refused_before_anything_is_stored(imports, capsys):
    assert imports(f"user,secret\nada,{SECRET}\n") == 1
    assert "unknown: user; missing: user_id" in capsys.readouterr().err


def test_the_time_of_the_last_sign_in_stands_for_its_step(imports, tmp_path):
    assert imports(f"user_id,secret,last_used_at\nada,{SECRET},1700000000.5\n") == 0
    two_factor = TwoFactor(issuer="Acme", storage=SqliteStorage(tmp_path / "2fa.db"), clock=lambda: 1_700_000_001.0)
    with pytest.raises(InvalidCode):
        sign_in(two_factor, "ada", FakePhone(URI, lambda: 1_700_000_001.0).code())


def test_progress_is_drawn_on_terminals_only_and_says_how_far_it_is():
    log = io.StringIO()
    progress = Progress(4, log)
    assert list(progress.over("abcd")) == list("abcd")
    assert log.getvalue() == ""
    progress.done = 2
    assert progress.line(2.0) == f"[{'#' * 15}{'.' * 15}] 2 of 4 users, 1 users/s"


def test_an_interrupt_finishes_the_user_at_hand():
    import signal

    seen = []
    progress = Progress(4, io.StringIO())
    for user in progress.over("abcd"):
        if user == "b":
            signal.raise_signal(signal.SIGINT)
        seen.append(user)
    assert (seen, progress.stopped) == (["a", "b"], True)
