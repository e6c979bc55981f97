"""Write the copies of the contract that packages carry: `python tests/http/sync_contract.py`."""

import json
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "contract" / "openapi.yaml"
COPY = ROOT / "bindings-python" / "python" / "twinlock" / "_http" / "contract.json"
COPIES = (COPY, ROOT / "bindings-node" / "ts" / "http" / "contract.json", ROOT / "axum" / "src" / "contract.json")


def rendered() -> str:
    """The contract as JSON, in the order of its source."""
    return json.dumps(yaml.safe_load(SOURCE.read_text("utf-8")), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for copy in COPIES:
        if copy.parent.is_dir():
            copy.write_text(rendered(), "utf-8")
