"""Messages: one canonical encoding, signed. Refuses with the same codes as the other clients."""

from __future__ import annotations

import hashlib
import math
import re
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

STAGES = {"advertise": 1, "share": 2, "mask": 3, "sketch": 7, "explain": 8, "agree": 4, "unmask": 5}
REQUEST = 0x80
MAGIC = b"CFM1"
SIGNED = b"credence federate message v1\0"
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


class Reader:
    """Reads big-endian numbers and bytes; takes nothing that is not there."""

    def __init__(self, data: bytes) -> None:
        self.data = memoryview(data)
        self.at = 0

    def take(self, length: int) -> bytes:
        refuse("truncated", length > len(self.data) - self.at, "the message ends before its last field")
        self.at += length
        return bytes(self.data[self.at - length : self.at])

    def number(self, form: str):
        return struct.unpack(">" + form, self.take(struct.calcsize(">" + form)))[0]

    def indexes(self, size: int) -> list[int]:
        found = [self.number("H") for _ in range(self.number("H"))]
        refuse("unknown_index", any(index >= size for index in found), "an index beyond the roster")
        refuse("not_ascending", any(b <= a for a, b in zip(found, found[1:])), "indexes that do not ascend, or one twice")
        return found

    def messages(self) -> list[bytes]:
        found = [self.take(self.number("I")) for _ in range(self.number("H"))]
        self.end()
        return found

    def end(self) -> None:
        refuse("trailing_data", self.at != len(self.data), "the message goes on after its end")


def encode_indexes(indexes: list[int]) -> bytes:
    return struct.pack(f">{1 + len(indexes)}H", len(indexes), *indexes)


@dataclass(frozen=True)
class Binding:
    """What a message belongs to: all of it is signed with the message."""

    session: bytes
    round: int
    stage: str
    request: bool
    transcript: bytes


def seal_message(binding: Binding, sender: str, body: bytes, key: Ed25519PrivateKey) -> bytes:
    name = sender.encode("ascii")
    head = MAGIC + bytes([STAGES[binding.stage] + (REQUEST if binding.request else 0)]) + binding.session
    head += struct.pack(">IB", binding.round, len(name)) + name + binding.transcript + struct.pack(">I", len(body))
    return head + body + key.sign(SIGNED + head + hashlib.sha256(body).digest())


def open_message(data: bytes, expected: Binding, key_of) -> tuple[str, bytes]:
    """The sender and the body of a message that is what it has to be, signed by the key of its sender. Raises `Fault`."""
    sender, body, verify = read_message(data, expected, key_of)
    verify()
    return sender, body


def read_message(data: bytes, expected: Binding, key_of):
    """As `open_message`, but for the signature: until `verify` returns, the message is what somebody claims."""
    reader = Reader(data)
    refuse("bad_magic", reader.take(4) != MAGIC, "not a message of this protocol")
    stage, session, number = reader.number("B"), reader.take(32), reader.number("I")
    name, transcript = reader.take(reader.number("B")), reader.take(32)
    body = reader.take(reader.number("I"))
    signed = SIGNED + data[: reader.at - len(body)] + hashlib.sha256(body).digest()
    signature = reader.take(64)
    reader.end()
    due = STAGES[expected.stage] + (REQUEST if expected.request else 0)
    refuse("wrong_stage", stage != due, f"a message of stage {stage} where {expected.stage} is due")
    refuse("wrong_session", session != expected.session, "a message of another session")
    refuse("wrong_round", number != expected.round, f"a message of round {number}")
    key = key_of(name.decode("ascii")) if NAME.match(name) else None
    refuse("unknown_sender", key is None, "a message of somebody who takes no part")
    refuse("wrong_transcript", transcript != expected.transcript, "somebody agreed to something else")

    def verify() -> None:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
        except InvalidSignature:
            raise Fault("bad_signature", "a signature does not verify") from None

    return name.decode("ascii"), body, verify


def first_transcript(session: bytes, number: int) -> bytes:
    return hashlib.sha256(session + str(number).encode()).digest()


def extend_transcript(transcript: bytes, stage: str, part: bytes) -> bytes:
    label = f"credence federate transcript v1\0{stage}\0".encode()
    return hashlib.sha256(label + transcript + hashlib.sha256(part).digest()).digest()


@dataclass(frozen=True)
class Terms:
    """What a round asks of its clients."""

    dimension: int
    bits: int
    range: float
    weight_cap: int
    minimum: int
    clip: float
    noise: float
    count_noise: float
    model: bytes
    sketch: int

    @property
    def step(self) -> float:
        return (2 * self.range) / (2**self.bits - 1)

    @property
    def most_clients(self) -> int:
        return min(MAX_CLIENTS, (3 * 2**30) // (self.weight_cap * (2**self.bits - 1)))


def decode_terms(body: bytes) -> Terms:
    """Raises `bad_terms` for what no client should take part in, and for noise, which this client cannot add yet."""
    reader = Reader(body)
    numbers, model = [reader.number(form) for form in "IBdHHddd"], reader.take(32)
    spoken = reader.at < len(body)
    t = Terms(*numbers, model, reader.number("H") if spoken else 0)
    reader.end()
    sound = 1 <= t.dimension <= 2**26 and 2 <= t.bits <= 24 and math.isfinite(t.range) and t.range > 0
    sound = sound and t.weight_cap >= 1 and 3 <= t.minimum <= MAX_CLIENTS
    sound = sound and math.isfinite(t.clip) and t.clip >= 0 and t.noise == 0 and t.count_noise == 0
    folds = t.sketch >= 8 and t.sketch & (t.sketch - 1) == 0 and 16 * t.sketch <= t.dimension
    sound = sound and (not spoken or (folds and t.weight_cap == 1 and 0 < t.clip <= t.range))
    refuse("bad_terms", not sound, "terms that no client should take part in, or with noise that this client cannot add")
    return t
