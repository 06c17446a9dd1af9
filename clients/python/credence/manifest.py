"""What one link of a chain says: an in-toto statement in a DSSE envelope, signed with Ed25519 (docs/format.md)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from .checks import list_of, matching, object_of, one_of, text, whole
from .errors import CredenceError, corrupt
from .store import read_json

PUBLIC_KEY = re.compile(r"-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----")
COUNTS = ("received", "admitted", "quarantined", "rejected", "deadLettered")


class Subject(NamedTuple):
    """An object that a link vouches for: its path, and the digest of its ciphertext."""

    name: str
    sha256: str


class Link(NamedTuple):
    """One verified link of a chain."""

    ordinal: int
    path: str
    sha256: str
    subjects: tuple[Subject, ...]
    predicate: Mapping[str, Any]

    def subject_in(self, zone: str) -> Subject | None:
        """The one object of a zone among the subjects."""
        return next((subject for subject in self.subjects if subject.name.startswith(f"{zone}/")), None)


class Verifier:
    """Trusted public keys, by their id: 128 bits of SHA-256 over the SubjectPublicKeyInfo."""

    def __init__(self, keys: Iterable[Ed25519PublicKey]) -> None:
        spki = [(key, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)) for key in keys]
        self._keys = {hashlib.sha256(der).hexdigest()[:32]: key for key, der in spki}

    def open(self, envelope: bytes, path: str) -> dict[str, Any]:
        """The statement of an envelope: nothing of it is read before its one signature verifies.

        Throws `corrupt`: `manifest_format` or `signature`.
        """
        try:
            outer = read_json(envelope)
            if not _is_envelope(outer):
                raise ValueError("not an envelope")
            body = _decode(outer["payload"])
        except ValueError as error:
            raise corrupt(f"{path} is not a manifest", "manifest_format") from error
        kind, (signature, *others) = outer["payloadType"].encode(), outer["signatures"]
        signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)
        if others or not self._verifies(signed, **signature):
            raise corrupt(f"{path} is not signed by a key that is trusted, and by it alone", "signature")
        try:
            statement = read_json(body)
            if not _is_statement(statement):
                raise ValueError("not a statement")
            return dict(statement)
        except ValueError as error:
            raise corrupt(f"{path} is not a manifest", "manifest_format") from error

    def _verifies(self, signed: bytes, keyid: str, sig: str) -> bool:
        try:
            self._keys[keyid].verify(_decode(sig), signed)
            return True
        except (KeyError, ValueError, InvalidSignature):
            return False


def verifier_from_pem(pem: str | bytes) -> Verifier:
    """For Ed25519 public keys in PEM, one or several after another. Throws `invalid` (`public_key`)."""
    try:
        blocks = PUBLIC_KEY.findall(pem if isinstance(pem, str) else pem.decode())
        keys = [load_pem_public_key(block.encode()) for block in blocks]
    except ValueError as error:
        raise CredenceError("invalid", "not a public key in PEM", "public_key") from error
    ours = [key for key in keys if isinstance(key, Ed25519PublicKey)]
    if not ours or len(ours) < len(keys):
        raise CredenceError("invalid", "not an Ed25519 public key in PEM", "public_key")
    return Verifier(ours)


def _decode(encoded: str) -> bytes:
    """Base64 in its one canonical spelling."""
    data = base64.b64decode(encoded, validate=True)
    if base64.b64encode(data).decode() != encoded:
        raise ValueError("not base64 as it is written here")
    return data


_digest = object_of({"sha256": matching("[0-9a-f]{64}")})
_subject = object_of({"name": text, "digest": _digest})
_segment = object_of({"partition": text, "from": text, "to": text})
_is_envelope = object_of(
    {
        "payloadType": one_of("application/vnd.in-toto+json"),
        "payload": text,
        "signatures": lambda value: list_of(object_of({"keyid": text, "sig": text}))(value) and len(value) > 0,
    }
)
_predicate = object_of(
    {
        "kind": one_of("window", "release", "revocation", "reencryption"),
        "dataset": text,
        "ordinal": lambda value: whole(value) and value > 0,
    },
    {
        "previous": _digest,
        "window": text,
        "review": text,
        "source": text,
        "segments": list_of(_segment),
        "counts": object_of(dict.fromkeys(COUNTS, whole)),
        "contract": _digest,
        "policy": lambda value: isinstance(value, dict),
        "detectors": list_of(object_of({"name": text, "version": whole})),
        "revoked": list_of(text),
        "batch": text,
        "replaced": list_of(object_of({"from": _subject, "by": text})),
    },
)
_is_statement = object_of(
    {
        "_type": one_of("https://in-toto.io/Statement/v1"),
        "subject": list_of(_subject),
        "predicateType": one_of("https://credence.dev/manifest/v1"),
        "predicate": _predicate,
    }
)
