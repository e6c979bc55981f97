"""What the Python side of `scripts/bootstrap` reads, collected in one place.

`inputs.py package` prints a hash of everything the native module is compiled from.
`inputs.py demo` prints the requirements of the FastAPI example, `inputs.py django` those of the Django one.
`inputs.py python` prints those of the package's extras, of every example, of all tests and of the tools.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

try:
    import tomllib
except ImportError:  # Python 3.10; every virtual environment has pip
    from pip._vendor import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
COMPILED = ("core", "sqlite", "contract/schema", "bindings-python/src", ".cargo")
MANIFESTS = (
    "Cargo.toml",
    "Cargo.lock",
    "bindings-python/Cargo.toml",
    "bindings-python/pyproject.toml",
)
EXAMPLES = {"demo": "fastapi", "django": "django"}
EVERYTHING = (
    "bindings-python/pyproject.toml",
    "examples/*/pyproject.toml",
    "examples/*/requirements*.txt",
    "tests/*/requirements*.txt",
    "scripts/requirements.txt",
)
NOT_COMPILED = {"tests", "benches", "examples"}


def package_hash() -> str:
    """Hash of names and contents; the `.py` files are left out, an editable install reads them in place."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(compiled_files()):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def compiled_files() -> Iterator[Path]:
    for name in MANIFESTS:
        yield ROOT / name
    for name in COMPILED:
        for path in (ROOT / name).rglob("*"):
            inside = path.relative_to(ROOT / name)
            if path.is_file() and not NOT_COMPILED.intersection(inside.parts[:1]):
                yield path


def requirements(*patterns: str) -> list[str]:
    """Every requirement once; our own package is left out, it is installed from this tree."""
    found: set[str] = set()
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            found.update(of_pyproject(path) if path.name == "pyproject.toml" else of_text(path))
    return sorted(line for line in found if not re.match(r"twinlock\b(?!-)", line))


def of_pyproject(path: Path) -> Iterator[str]:
    content: dict[str, Any] = tomllib.loads(path.read_text())
    project = content.get("project", {})
    yield from project.get("dependencies", [])
    for extra in project.get("optional-dependencies", {}).values():
        yield from extra
    for group in content.get("dependency-groups", {}).values():
        yield from (line for line in group if isinstance(line, str))


def of_text(path: Path) -> Iterator[str]:
    for line in path.read_text().splitlines():
        line = re.sub(r"(^|\s)#.*", "", line).strip()
        # `-r other.txt` is another file of the same glob, `-e path` is our own package.
        if line and not line.startswith(("-", ".", "/")):
            yield line


if __name__ == "__main__":
    if sys.argv[1:] == ["package"]:
        print(package_hash())
    elif len(sys.argv) == 2 and sys.argv[1] in EXAMPLES:
        folder = f"examples/{EXAMPLES[sys.argv[1]]}"
        print("\n".join(requirements(f"{folder}/pyproject.toml", f"{folder}/requirements.txt")))
    elif sys.argv[1:] == ["python"]:
        print("\n".join(requirements(*EVERYTHING)))
    else:
        sys.exit(__doc__)
