"""What the black-box suite is made of: a client, a phone, the contract, servers to start. Nothing of Twinlock itself."""

from .client import MODES, Client, problem, refused_somehow
from .contract import Contract
from .fuzzing import Fuzzing
from .phone import Phone
from .server import START_COMMANDS, DidNotStart, chosen, running

__all__ = [
    "MODES",
    "START_COMMANDS",
    "Client",
    "Contract",
    "DidNotStart",
    "Fuzzing",
    "Phone",
    "chosen",
    "problem",
    "refused_somehow",
    "running",
]
