"""The FastAPI example for the tests of TwinlockClient: its clock stands still until it is told to
move, and somebody here has an authenticator app. Listens on ``$PORT``; run it from ``.venv``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "examples" / "fastapi"))

import uvicorn  # noqa: E402
from app import keys  # noqa: E402
from app.application import create_app  # noqa: E402
from app.settings import Settings  # noqa: E402
from fastapi import FastAPI  # noqa: E402
from fastapi.responses import RedirectResponse  # noqa: E402
from pydantic import BaseModel  # noqa: E402

from twinlock.testing import FakePhone, VirtualClock  # noqa: E402


class Advance(BaseModel):
    """Seconds to move on."""

    advance: float


class Account(BaseModel):
    """An account of an authenticator app, and how many steps from now."""

    uri: str
    step: int = 0


def application(data: Path) -> FastAPI:
    """The example, with a clock to move and a phone to look at."""
    clock = VirtualClock()
    settings = Settings(
        data=data,
        jwt_keys={"test": "t" * 32},
        twinlock_keys=keys.new_twinlock_keys(),
        frontend_url="http://127.0.0.1:3000",
        development=True,
        sign_in_limit="10000/minute",
        register_limit="10000/minute",
    )
    app = FastAPI()

    @app.post("/test/clock")
    def move(body: Advance) -> dict[str, float]:
        clock.advance(body.advance)
        return {"now": clock()}

    @app.post("/test/code")
    def code(body: Account) -> dict[str, str]:
        return {"code": FakePhone(body.uri, lambda: clock() + 30 * body.step).code()}

    @app.api_route("/test/redirect/{path:path}", methods=["GET", "POST"])
    def elsewhere(path: str) -> RedirectResponse:
        return RedirectResponse("/test/clock")

    app.mount("/", create_app(settings, clock))
    return app


def main() -> None:
    """Serve until the tests are over."""
    with tempfile.TemporaryDirectory(prefix="twinlock-swift-") as data:
        uvicorn.run(application(Path(data)), host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")


if __name__ == "__main__":
    os.umask(0o077)
    main()
