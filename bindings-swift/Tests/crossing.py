"""A SQLite file that Python and Swift share: ``write`` enrolls somebody for Swift to sign in, ``read`` signs in whom Swift enrolled.

Both take the folder of the file; the keys come from ``TWINLOCK_KEYS``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from twinlock import SqliteStorage, TwoFactor
from twinlock.testing import FakePhone, VirtualClock


def write(folder: Path) -> None:
    """Enrolls the user ``python`` and tells Swift how to sign in."""
    clock = VirtualClock()
    two_factor = TwoFactor(issuer="Acme", storage=SqliteStorage(folder / "2fa.db"), clock=clock)
    begun = two_factor.begin_enrollment("python", account_name="ada@example.com")
    phone = FakePhone(begun.uri, clock)
    enrolled = two_factor.confirm_enrollment("python", begun.setup, code=phone.code())
    kept = {"uri": begun.uri, "backup_code": enrolled.backup_codes[0], "at": clock(), "assurance": enrolled.assurance}
    (folder / "python.json").write_text(json.dumps(kept))


def read(folder: Path) -> None:
    """Signs in the user ``swift``, by a code and by a backup code; sees what Swift did to ``python``."""
    kept = json.loads((folder / "swift.json").read_text())
    clock = VirtualClock(kept["at"])
    two_factor = TwoFactor(issuer="Acme", storage=SqliteStorage(folder / "2fa.db"), clock=clock)
    clock.advance(60)
    for code in (FakePhone(kept["uri"], clock).code(), kept["backup_code"]):
        step = two_factor.after_first_factor("swift")
        assert step.challenge is not None
        assert two_factor.verify(step.challenge, code=code).user_id == "swift"
    assert two_factor.check_assurance("swift", kept["assurance"], max_age=None) == kept["at"]
    assert two_factor.status("python").backup_codes.left == 9
    assert [event.type for event in two_factor.events("python").events].count("verified") == 2


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]))
