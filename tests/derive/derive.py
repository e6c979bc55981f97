"""Computes every vector in tests/vectors again, with nothing but Python's standard library.

The engine is held against the tables by core/tests/vectors.rs; this holds the tables against the
standards in a second language that shares no code with the engine:

    python3 tests/derive/derive.py

It ends with status 1 and a line for each case that differs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import codes
import exports
import uris
from refusal import Refused

Case = dict[str, Any]
VECTORS = Path(__file__).resolve().parent.parent / "vectors"
MANIFEST = VECTORS.parent / "manifest.json"


def hotp(case: Case) -> Case:
    key = codes.secret(case["secret"])
    code = codes.hotp(key, int(case["counter"]), case["algorithm"], case["digits"])
    return {"code": code}


def totp(case: Case) -> Case:
    key = codes.secret(case["secret"])
    period = case["period"]
    step, into = divmod(case["time"], period)
    derived = {
        "code": codes.hotp(key, step, case["algorithm"], case["digits"]),
        "next_code": codes.hotp(key, step + 1, case["algorithm"], case["digits"]),
        "seconds_left": period - into,
    }
    account = uris.parse(case["uri"])
    described = {name: account[name] for name in ("secret", "algorithm", "digits", "period")}
    return {name: value for name, value in derived.items() if name in case} | described


def base32(case: Case) -> Case:
    key = codes.secret(case["text"])
    return {"hex": key.hex(), "canonical": codes.base32(key)}


def otpauth(case: Case) -> Case:
    account = uris.parse(case["uri"])
    return account | {"canonical": uris.write(account)}


def migration(case: Case) -> Case:
    return exports.read(case["uri"])


def migration_export(case: Case) -> Case:
    accounts = [uris.parse(uri) for uri in case["accounts"]]
    written = exports.write(accounts)
    read = [account for uri in written for account in exports.read(uri)["accounts"]]
    if read != accounts:
        return {"uris": "reading them does not give the accounts back"}
    return {"uris": written}


DERIVE: dict[str, Callable[[Case], Case]] = {
    "hotp": hotp,
    "totp": totp,
    "base32": base32,
    "otpauth-valid": otpauth,
    "otpauth-invalid": otpauth,
    "migration": migration,
    "migration-export": migration_export,
}


def difference(schema: str, case: Case) -> str | None:
    """What the case says otherwise than what its inputs give; nothing if all is well."""
    try:
        derived = DERIVE[schema](case)
    except Refused as refused:
        derived = {"reason": str(refused)}
    for name, value in derived.items():
        if name not in case:
            return f"derived {name} {value!r}, which the case does not have"
        if case[name] != value:
            return f"{name} is {case[name]!r}, derived {value!r}"
    return None


def main() -> int:
    expected = json.loads(MANIFEST.read_text("utf-8"))["vectors"]
    found = {path.name: json.loads(path.read_text("utf-8")) for path in VECTORS.glob("*.json")}
    failures = [f"{name}: missing" for name in expected.keys() - found.keys()]
    count = 0
    for file, table in sorted(found.items()):
        if len(table["cases"]) < expected.get(file, 1):
            failures.append(f"{file}: fewer cases than the manifest says")
        for case in table["cases"]:
            count += 1
            if differs := difference(table["schema"], case):
                failures.append(f"{file}: {case['name']}: {differs}")
    print(*failures, f"{count} vectors derived again, {len(failures)} differ", sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
