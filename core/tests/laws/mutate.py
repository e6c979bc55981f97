#!/usr/bin/env python3
"""Break each law on purpose and demand that its test notices.

    python3 core/tests/laws/mutate.py              every law of mutations.json
    python3 core/tests/laws/mutate.py --only L7    one of them (may be repeated)
    python3 core/tests/laws/mutate.py --table      write LAWS.md from mutations.json, nothing else

The crate is copied to a temporary folder and changed there: the working tree is never touched. Each change must compile,
and the one test that stands beside the law must then fail; before, unchanged, all these tests must pass. Builds go to
target/laws and are kept, so that a second run compiles the core only (some 10 s for each law).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
# Seconds: for the build of everything, and for that of one change with its test.
LONG, SHORT = 1800, 300
RESULT = re.compile(r"^test (\S+)(?: - should panic)? \.\.\. (ok|FAILED)", re.MULTILINE)


def laws() -> list[dict]:
    """The entries of mutations.json, checked for their form."""
    entries = json.loads((HERE / "mutations.json").read_text())
    wanted = {"law", "section", "says", "test", "file", "find", "replace"}
    for entry in entries:
        if set(entry) != wanted:
            sys.exit(f"{entry.get('law')}: an entry has the fields {sorted(wanted)}")
    numbers = [entry["law"] for entry in entries]
    if numbers != [f"L{number}" for number in range(1, len(entries) + 1)]:
        sys.exit("laws are numbered L1, L2, … in order")
    return entries


def copy_to(folder: Path) -> None:
    """The core and the files its tests read, as a workspace of its own."""
    ignore = shutil.ignore_patterns("__pycache__", "node_modules", "proptest-regressions")
    shutil.copytree(ROOT / "core", folder / "core", ignore=ignore)
    for shared in ("scenarios", "records", "vectors"):
        shutil.copytree(ROOT / "tests" / shared, folder / "tests" / shared, ignore=ignore)
    shutil.copy(ROOT / "tests" / "manifest.json", folder / "tests" / "manifest.json")
    shutil.copy(ROOT / "README.md", folder / "README.md")
    shutil.copy(ROOT / "Cargo.lock", folder / "Cargo.lock")
    manifest = (ROOT / "Cargo.toml").read_text()
    manifest = re.sub(r"^(members|default-members) = \[[^\]]*\]", r'\1 = ["core"]', manifest, flags=re.M)
    manifest = re.sub(r"^twinlock-\w+ = .*\n", "", manifest, flags=re.M)
    (folder / "Cargo.toml").write_text(manifest)
    for source in (folder / "core").rglob("*.rs"):
        os.utime(source)  # else cargo takes what an earlier run built of a changed source for fresh


def cargo_test(folder: Path, timeout: int, *arguments: str) -> tuple[dict[str, str], str]:
    """Runs tests; gives the verdicts by name and the end of the output."""
    command = ["cargo", "test", "-q", "-p", "twinlock", *arguments]
    environment = os.environ | {
        "CARGO_TARGET_DIR": str(ROOT / "target" / "laws"),
        "CARGO_TERM_COLOR": "never",
        "RUST_BACKTRACE": "0",
    }
    # A group of its own: a law whose breach never ends must not leave its test running.
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            stdout, stderr = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    output = (stdout + stderr).splitlines()
    return dict(RESULT.findall(stdout)), "\n".join(output[-25:])


def verdict(folder: Path, test: str) -> str:
    """Runs `target::name` (`lib::path` for a unit test): `ok`, `FAILED`, or why neither."""
    target, name = test.split("::", 1)
    which = ["--lib"] if target == "lib" else ["--test", target]
    verdicts, output = cargo_test(folder, SHORT, *which, "--", "--exact", name, "--format=pretty")
    return verdicts.get(name) or f"did not run:\n{output}"


def not_passing(folder: Path, tests: set[str]) -> list[str]:
    """Those of the tests that do not pass in the unchanged crate, and why."""
    targets = {test.split("::", 1)[0] for test in tests}
    which = [part for name in sorted(targets) for part in (["--lib"] if name == "lib" else ["--test", name])]
    verdicts, output = cargo_test(folder, LONG, *which, "--no-fail-fast", "--", "--format=pretty")
    wrong = sorted(test for test in tests if verdicts.get(test.split("::", 1)[1]) != "ok")
    return [*wrong, output] if wrong else []


def mutate(folder: Path, entry: dict) -> str | None:
    """Why the law is not held by its test, or None."""
    path = folder / "core" / "src" / entry["file"]
    source = path.read_text()
    if source.count(entry["find"]) != 1:
        return f"the text to change stands {source.count(entry['find'])} times in {entry['file']}"
    path.write_text(source.replace(entry["find"], entry["replace"]))
    try:
        found = verdict(folder, entry["test"])
    except subprocess.TimeoutExpired:
        found = "FAILED"  # a law whose breach never ends is noticed too
    finally:
        path.write_text(source)
        os.utime(path)
    if found == "FAILED":
        return None
    return "the test passes without the law" if found == "ok" else found


def table(entries: list[dict]) -> str:
    """LAWS.md."""
    lines = [(HERE / "head.md").read_text()]
    section = None
    for entry in entries:
        if entry["section"] != section:
            section = entry["section"]
            lines.append(f"\n## {section}\n\n| | law | test | what breaks it |\n|---|---|---|---|\n")
        test = entry["test"]
        after = one_line(entry["replace"])
        change = f"`{entry['file']}`: `{one_line(entry['find'])}` → " + (f"`{after}`" if after else "nothing")
        lines.append(f"| {entry['law']} | {entry['says']} | `{test}` | {change} |\n")
    return "".join(lines)


def one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", metavar="LAW")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    entries = laws()
    if options.table:
        (HERE.parent / "LAWS.md").write_text(table(entries))
        return 0
    chosen = [entry for entry in entries if not options.only or entry["law"] in options.only]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="twinlock-laws-") as name:
        folder = Path(name)
        copy_to(folder)
        wrong = not_passing(folder, {entry["test"] for entry in chosen})
        if wrong:
            print("these do not even pass unchanged:", *wrong, sep="\n")
            return 1
        for entry in chosen:
            start = time.monotonic()
            why = mutate(folder, entry)
            failed += why is not None
            seconds = time.monotonic() - start
            print(f"{entry['law']:>4} {'held' if why is None else 'NOT HELD: ' + why} ({seconds:.0f} s)", flush=True)
    print(f"{len(chosen) - failed} of {len(chosen)} laws are held by their tests")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
