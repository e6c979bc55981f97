"""For tests, the host's own included: a clock that stands still, a pretend phone, and the kits that every storage and
every driver must pass.
"""

from .clock import VirtualClock
from .phone import FakePhone, async_enroll, async_proof, enroll, proof

__all__ = ["FakePhone", "VirtualClock", "async_enroll", "async_proof", "enroll", "proof"]
