"""Reads what Credence admitted, verified: the standard library and `cryptography`. The formats are in docs/format.md."""

from .chain import Verified, verify
from .dataset import Record, Tensor, open_dataset
from .errors import CredenceError
from .keys import Keyring, LocalKeyring, local_keyring
from .training import row, to_hf, to_pandas

__all__ = [
    "CredenceError",
    "Keyring",
    "LocalKeyring",
    "Record",
    "Tensor",
    "Verified",
    "local_keyring",
    "open_dataset",
    "row",
    "to_hf",
    "to_pandas",
    "verify",
]
