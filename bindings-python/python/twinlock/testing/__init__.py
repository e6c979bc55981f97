"""For tests, the host's own included: a clock that stands still, a pretend phone, and the kits that every storage and
every driver must pass.
"""

from .clock import VirtualClock
from .driver_kit import async_driver_kit, driver_kit
from .faulty import AsyncFaultyStorage, Fault, FaultyStorage, OrderedFailure
from .phone import FakePhone, async_enroll, async_proof, enroll, proof
from .storage_kit import async_storage_kit, example_event, storage_kit

__all__ = [
    "AsyncFaultyStorage",
    "FakePhone",
    "Fault",
    "FaultyStorage",
    "OrderedFailure",
    "VirtualClock",
    "async_driver_kit",
    "async_enroll",
    "async_proof",
    "async_storage_kit",
    "driver_kit",
    "enroll",
    "example_event",
    "proof",
    "storage_kit",
]
