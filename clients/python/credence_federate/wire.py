"""Messages: one canonical encoding, signed. Refuses with the same codes as the other clients."""

import hashlib
import math
import re
import struct
from collections import namedtuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

STAGES = {"advertise": 1, "share": 2, "mask": 3, "sketch": 7, "explain": 8, "agree": 4, "unmask": 5}
REQUEST = 0x80
MAGIC, OLD_MAGIC, SIGNED = b"CFM2", b"CFM1", b"credence federate message v1\0"
NAME = re.compile(rb"[a-z0-9][a-z0-9._-]{0,63}\Z")
MAX_CLIENTS = 4096


class Fault(Exception):
    """Why a request is refused; `reason` is stable."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason


def refuse(reason: str, when: bool, message: str) -> None:
    """Raises `Fault` where something is the case."""
    if when:
        raise Fault(reason, message)


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


class Reader:
    """Reads big-endian numbers and bytes; takes nothing that is not there."""

    def __init__(self, data: bytes) -> None:
        self.left = memoryview(data)

    def take(self, length: int) -> bytes:
        refuse("truncated", length > len(self.left), "the message ends before its last field")
        taken, self.left = self.left[:length], self.left[length:]
        return bytes(taken)

    def number(self, form: str):
        return struct.unpack(">" + form, self.take(struct.calcsize(">" + form)))[0]

    def indexes(self, size: int) -> list[int]:
        found = [self.number("H") for _ in range(self.number("H"))]
        refuse("unknown_index", any(index >= size for index in found), "an index beyond the roster")
        refuse("not_ascending", any(b <= a for a, b in zip(found, found[1:])), "indexes that do not ascend, or one twice")
        return found

    def messages(self) -> list[bytes]:
        return self.end([self.take(self.number("I")) for _ in range(self.number("H"))])

    def end(self, read=None):
        """What was read, where nothing comes after it."""
        refuse("trailing_data", len(self.left) > 0, "the message goes on after its end")
        return read


def encode_indexes(indexes: list[int]) -> bytes:
    return struct.pack(f">{1 + len(indexes)}H", len(indexes), *indexes)


class Binding(namedtuple("Binding", "session round transcript stage request")):
    """What a message belongs to: all of it is signed with the message."""

    @property
    def number(self) -> int:
        return STAGES[self.stage] + REQUEST * self.request


def seal_message(binding: Binding, sender: str, body: bytes, key: Ed25519PrivateKey) -> bytes:
    name = sender.encode("ascii")
    form = f">4sB32sIB{len(name)}s32sI"
    head = struct.pack(form, MAGIC, binding.number, binding.session, binding.round, len(name), name, binding.transcript, len(body))
    return head + body + key.sign(SIGNED + head + sha256(body))


def read_message(data: bytes, expected: Binding, key_of):
    """Sender, body and `verify` of a message that is what it has to be: until that returns, it is what somebody claims. Raises `Fault`."""
    reader = Reader(data)
    magic = reader.take(4)
    refuse("old_version", magic == OLD_MAGIC, "a message of an older version of this protocol")
    refuse("bad_magic", magic != MAGIC, "not a message of this protocol")
    stage, session, number = reader.number("B"), reader.take(32), reader.number("I")
    name, transcript = reader.take(reader.number("B")), reader.take(32)
    body = reader.take(reader.number("I"))
    signature = reader.end(reader.take(64))
    refuse("wrong_stage", stage != expected.number, f"a message of stage {stage} where {expected.stage} is due")
    refuse("wrong_session", session != expected.session, "a message of another session")
    refuse("wrong_round", number != expected.round, f"a message of round {number}")
    key = key_of(name.decode("ascii")) if NAME.match(name) else None
    refuse("unknown_sender", key is None, "a message of somebody who takes no part")
    refuse("wrong_transcript", transcript != expected.transcript, "somebody agreed to something else")

    def verify() -> None:
        try:
            head = data[: len(data) - len(body) - 64]
            Ed25519PublicKey.from_public_bytes(key).verify(signature, SIGNED + head + sha256(body))
        except InvalidSignature:
            raise Fault("bad_signature", "a signature does not verify") from None

    return name.decode("ascii"), body, verify


def extend_transcript(transcript: bytes, stage: str, part: bytes) -> bytes:
    return sha256(f"credence federate transcript v1\0{stage}\0".encode(), transcript, sha256(part))


TERMS = "dimension bits range weight_cap minimum clip noise count_noise model sketch"


class Terms(namedtuple("Terms", TERMS)):
    """What a round asks of its clients."""

    @property
    def most_clients(self) -> int:
        return min(MAX_CLIENTS, (3 * 2**30) // (self.weight_cap * (2**self.bits - 1)))

    @property
    def step(self) -> float:
        """How far two neighbouring levels of quantisation lie apart."""
        return 2 * self.range / (2**self.bits - 1)

    def packed_bits(self, clients: int) -> int:
        """The fewest bits of each number that a sum over so many clients needs, a quarter to spare; all 32 where there is a sketch or noise."""
        top = clients * self.weight_cap * (2**self.bits - 1)
        return 32 if self.sketch or self.noise else next(width for width in range(self.bits, 33) if 4 * top <= 3 * 2**width)


def decode_terms(body: bytes) -> Terms:
    """Raises `bad_terms` for what no client should take part in."""
    reader = Reader(body)
    numbers, model = [reader.number(form) for form in "IBdHHddd"], reader.take(32)
    spoken = len(reader.left) > 0
    t = reader.end(Terms(*numbers, model, reader.number("H") if spoken else 0))
    sound = 1 <= t.dimension <= 2**26 and 2 <= t.bits <= 24 and 0 < t.range < math.inf
    sound = sound and t.weight_cap >= 1 and 3 <= t.minimum <= MAX_CLIENTS
    sound = sound and all(0 <= value < math.inf for value in (t.clip, t.noise, t.count_noise))
    hidden = t.noise > 0 and t.weight_cap == 1 and 0 < t.clip <= t.range and t.sketch == 0 and not 0 < t.count_noise < 1
    sound = sound and (hidden and 4 <= t.noise / t.step <= 2**24 if t.noise or t.count_noise else True)
    folds = t.sketch >= 8 and t.sketch & (t.sketch - 1) == 0 and 16 * t.sketch <= t.dimension
    sound = sound and (not spoken or (folds and t.weight_cap == 1 and 0 < t.clip <= t.range))
    refuse("bad_terms", not sound, "terms that no client should take part in")
    return t
