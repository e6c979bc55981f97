"""What an installation downloads. Built once per state of the sources."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from .table import Row, sized

ROOT = Path(__file__).resolve().parents[2]
SHELF = ROOT / ".cache/bench/wheel"
PACKAGE = ROOT / "bindings-python/python/twinlock"


def _sources() -> str:
    """Hash of everything that goes into the wheel: what is compiled, and what is copied."""
    inputs = [sys.executable, str(ROOT / "scripts/lib/inputs.py"), "package"]
    digest = hashlib.sha256(subprocess.run(inputs, capture_output=True, check=True).stdout)
    for path in sorted(PACKAGE.rglob("*")):
        if path.is_file() and path.suffix not in {".so", ".pyc"}:
            digest.update(str(path.relative_to(PACKAGE)).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _build(folder: Path) -> None:
    maturin = Path(sys.executable).parent / "maturin"
    manifest = ROOT / "bindings-python/Cargo.toml"
    command = [str(maturin), "build", "--quiet", "--release", "--out", str(folder)]
    command += ["--manifest-path", str(manifest), "--interpreter", sys.executable]
    if os.environ.get("CI"):
        command.append("--locked")
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"maturin build failed:\n{done.stdout[-4000:]}")


def _wheel() -> Path:
    folder = SHELF / _sources()
    if not list(folder.glob("*.whl")):
        shutil.rmtree(SHELF, ignore_errors=True)
        _build(folder)
    return next(folder.glob("*.whl"))


def rows() -> list[Row]:
    """Sizes of the wheel and of the largest thing in it."""
    wheel = _wheel()
    with ZipFile(wheel) as archive:
        module = max(archive.infolist(), key=lambda info: info.file_size)
    return [
        sized(wheel.name, wheel.stat().st_size),
        sized(f"in it {Path(module.filename).name}, unpacked", module.file_size),
    ]
