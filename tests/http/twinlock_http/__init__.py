"""What the black-box suite is made of: a client, a phone, the contract, a server to start. Nothing of Twinlock itself."""

from .client import MODES, Client, problem
from .contract import Contract
from .phone import Phone
from .server import running

__all__ = ["MODES", "Client", "Contract", "Phone", "problem", "running"]
