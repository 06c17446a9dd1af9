"""A client of Credence's federated rounds: numpy and cryptography, nothing else. The protocol is in docs/federated.md."""

from .client import Client, Peers
from .http import take_part
from .wire import Fault, Terms

__all__ = ["Client", "Fault", "Peers", "Terms", "take_part"]
