"""Loaded by a server under test because its folder stands in PYTHONPATH: the clock is as far ahead as the test says."""

import os
import time
from pathlib import Path

_real = time.time
_file = Path(os.environ["CLOCK_AHEAD_FILE"])


def _ahead() -> float:
    return _real() + float(_file.read_text())


time.time = _ahead
