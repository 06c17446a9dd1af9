"""Keys, shares and masks. All primitives are those of `cryptography`, but Shamir's sharing over GF(2^8)."""

from __future__ import annotations

import hashlib
import struct

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .wire import Fault, refuse

COMMITTEE = 32
REACH = 16


def derive_key(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(secret)


def key_stream(key: bytes, length: int) -> bytes:
    return Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor().update(bytes(length))


def words_of(key: bytes, count: int) -> np.ndarray:
    """The mask of a key: 32-bit words of its stream, little-endian."""
    return np.frombuffer(key_stream(key, 4 * count), dtype="<u4")


def info(label: str, *indexes: int) -> bytes:
    return f"credence federate {label} v1\0".encode() + struct.pack(f">{len(indexes)}H", *indexes)


def agree(own: X25519PrivateKey, peer: bytes) -> bytes:
    try:
        return own.exchange(X25519PublicKey.from_public_bytes(peer))
    except ValueError:
        raise Fault("bad_key", "a public key does not agree to a secret") from None


def share_key(own: X25519PrivateKey, peer: bytes, transcript: bytes, sender: int, receiver: int) -> tuple[bytes, bytes]:
    context = info("share", sender, receiver)
    return derive_key(agree(own, peer), transcript, context), context


def seal_once(key: bytes, plaintext: bytes, context: bytes) -> bytes:
    return AESGCM(key).encrypt(bytes(12), plaintext, context)


def open_once(key: bytes, sealed: bytes, context: bytes) -> bytes | None:
    try:
        return AESGCM(key).decrypt(bytes(12), sealed, context)
    except InvalidTag:
        return None


def times(values: np.ndarray, factor: int) -> np.ndarray:
    """Products in GF(2^8) with the polynomial of AES; the factor is public."""
    product = np.zeros_like(values)
    power = values.copy()
    for bit in range(8):
        if factor >> bit & 1:
            product ^= power
        power = ((power & 0x7F) << 1) ^ ((power >> 7) * np.uint8(0x1B))
    return product


def split_secret(secret: bytes, threshold: int, count: int, random) -> list[bytes]:
    """One share for each place 1…count, any `threshold` of which give the secret back (Shamir 1979)."""
    constant = np.frombuffer(secret, dtype=np.uint8)
    coefficients = np.frombuffer(random(len(secret) * (threshold - 1)), dtype=np.uint8).reshape(threshold - 1, -1)
    shares = []
    for place in range(1, count + 1):
        share = np.zeros_like(constant)
        for row in coefficients[::-1]:
            share = times(share ^ row, place)
        shares.append((share ^ constant).tobytes())
    return shares


class Ring:
    """Who holds whose shares, and who shares masks with whom: an order that follows from the transcript."""

    def __init__(self, size: int, transcript: bytes) -> None:
        label = b"credence federate ring v1\0"
        rank = lambda i: hashlib.sha256(label + transcript + struct.pack(">H", i)).digest()  # noqa: E731
        self.order = sorted(range(size), key=rank)
        self.position = {i: at for at, i in enumerate(self.order)}
        self.size = size
        self.members = min(size, COMMITTEE)
        self.threshold = 2 * self.members // 3 + 1

    def at(self, place: int) -> int:
        return self.order[place % self.size]

    def committee(self, i: int) -> list[int]:
        return [self.at(self.position[i] + k) for k in range(self.members)]

    def seats(self, i: int) -> list[int]:
        return sorted(self.at(self.position[i] - k) for k in range(self.members))

    def neighbours(self, i: int) -> list[int]:
        near = self.order if self.size <= 2 * REACH else [self.at(self.position[i] + k) for k in range(-REACH, REACH + 1)]
        return sorted(j for j in near if j != i)

    def within(self, i: int) -> list[int]:
        if self.size <= 2 * self.members:
            return list(range(self.size))
        return sorted(self.at(self.position[i] + k) for k in range(1 - self.members, self.members))

    def check(self, present: set[int], minimum: int, of: list[int] | None = None) -> None:
        of = self.order if of is None else of
        holds = all(sum(j in present for j in self.committee(i)) >= self.threshold for i in of)
        refuse("too_few", len(present) < minimum or not holds, f"{len(present)} of {self.size} clients are left")
