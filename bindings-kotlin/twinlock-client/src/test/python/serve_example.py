"""The FastAPI example on a free port of this machine, with a clock that the test moves.

``python serve_example.py FOLDER`` keeps its accounts in the folder and prints its address and its time. Then each line of
standard input is a number of seconds: the clock goes on that far and the new time is printed. The end of the input ends it,
so it never outlives the test that started it.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[5] / "examples" / "fastapi"
sys.path.insert(0, str(EXAMPLE))

import uvicorn  # noqa: E402
from app import keys  # noqa: E402
from app.application import create_app  # noqa: E402
from app.settings import Settings  # noqa: E402

from twinlock.testing import VirtualClock  # noqa: E402

START_SECONDS = 30


def main(folder: Path) -> None:
    """Serve until the input ends."""
    clock = VirtualClock()
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = Settings(
        data=folder,
        jwt_keys={"test": "k" * 32},
        twinlock_keys=keys.new_twinlock_keys(),
        frontend_url=address,
        development=True,
        sign_in_limit="1000/minute",
        register_limit="1000/minute",
    )
    server = uvicorn.Server(uvicorn.Config(create_app(settings, clock), log_level="warning"))
    serving = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    serving.start()
    until = time.monotonic() + START_SECONDS
    while not server.started and serving.is_alive() and time.monotonic() < until:
        time.sleep(0.02)
    if server.started:
        print(address, int(clock()), flush=True)
        for line in sys.stdin:
            clock.advance(int(line))
            print(int(clock()), flush=True)
    server.should_exit = True
    serving.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
