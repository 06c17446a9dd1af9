"""Keys, shares and masks. All primitives are those of `cryptography`, but Shamir's sharing over GF(2^8)."""

import struct

import numpy as np
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .wire import Fault, refuse, sha256

SIDE = 16


def derive_key(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(secret)


def key_stream(key: bytes, length: int) -> bytes:
    return Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor().update(bytes(length))


def words_of(key: bytes, count: int) -> np.ndarray:
    """The mask of a key: 32-bit words of its stream from the third block on, where AES-GCM begins; little-endian."""
    stream = Cipher(algorithms.AES(key), modes.GCM(bytes(12))).encryptor().update(bytes(4 * count))
    return np.frombuffer(stream, dtype="<u4")


def pack_words(words: np.ndarray, width: int) -> bytes:
    """The low bits of each number, then zeros up to a byte; the three words after the numbers whole, little-endian."""
    rows = words.astype("<u4").view(np.uint8).reshape(-1, 4)
    numbers = np.unpackbits(rows[:-3], axis=1, bitorder="little")[:, :width]
    return np.packbits(numbers, bitorder="little").tobytes() + rows[-3:].tobytes()


def info(label: str, *indexes: int) -> bytes:
    return f"credence federate {label} v1\0".encode() + struct.pack(f">{len(indexes)}H", *indexes)


def share_digest(share: bytes, salt: bytes, of: int, place: int) -> bytes:
    """What a client signs of one share that it deals: half a SHA-256 of each half, for one half alone is revealed."""
    halves = (("seed", share[:32]), ("mask key", share[32:]))
    return b"".join(sha256(info(f"share of {shared}", of, place), salt, half)[:16] for shared, half in halves)


def agree(own: X25519PrivateKey, peer: bytes) -> bytes:
    try:
        return own.exchange(X25519PublicKey.from_public_bytes(peer))
    except ValueError:
        raise Fault("bad_key", "a public key does not agree to a secret") from None


def split_secret(secret: bytes, threshold: int, count: int, random) -> list[bytes]:
    """One share for each place 1…count, any `threshold` of which give the secret back (Shamir 1979), over GF(2^8) with the polynomial of AES."""
    rows = np.frombuffer(random(len(secret) * (threshold - 1)), np.uint8).reshape(threshold - 1, -1)
    places = np.arange(1, count + 1, dtype=np.uint8)[:, None]
    shares = np.zeros((count, len(secret)), np.uint8)
    for row in rows[::-1]:
        power, shares = shares ^ row, np.zeros_like(shares)
        for bit in range(8):  # times the places, which are public
            shares ^= power * (places >> bit & 1)
            power = ((power & 0x7F) << 1) ^ ((power >> 7) * np.uint8(0x1B))
    return [share.tobytes() for share in shares ^ np.frombuffer(secret, np.uint8)]


class Ring:
    """Who holds whose shares, and who shares masks with whom: an order that follows from the transcript."""

    def __init__(self, size: int, transcript: bytes) -> None:
        self.order = sorted(range(size), key=lambda i: sha256(info("ring"), transcript, struct.pack(">H", i)))
        self.position = {i: at for at, i in enumerate(self.order)}
        self.size, self.members = size, min(size, 2 * SIDE + 1)
        self.threshold = 2 * self.members // 3 + 1

    def along(self, i: int, first: int, last: int) -> list[int]:
        """Whoever stands from `first` to `last` places after i."""
        return [self.order[(self.position[i] + k) % self.size] for k in range(first, last + 1)]

    def committee(self, i: int) -> list[int]:
        """Itself, those after it, those before it: by the places of their shares."""
        return self.along(i, 0, min(SIDE, self.size - 1)) + self.along(i, SIDE + 1 - self.members, -1)

    def around(self, i: int, far: int) -> list[int]:
        return sorted(self.order if self.size <= 2 * far + 1 else self.along(i, -far, far))

    def seats(self, i: int) -> list[int]:
        return self.around(i, SIDE)

    def place(self, i: int, of: int) -> int:
        """Of one who sits on a committee, from 1 on."""
        return self.committee(of).index(i) + 1

    def neighbours(self, i: int) -> list[int]:
        reach = min(21, max(SIDE, 10 * self.size // 33 + 1))
        return [peer for peer in self.around(i, reach) if peer != i]

    def within(self, i: int) -> list[int]:
        return self.around(i, 2 * SIDE)

    def check(self, present: set[int], minimum: int, of: list[int] | None = None) -> None:
        holds = all(len(present & {*self.committee(i)}) >= self.threshold for i in (self.order if of is None else of))
        refuse("too_few", len(present) < minimum or not holds, f"{len(present)} of {self.size} clients are left")
