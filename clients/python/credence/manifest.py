"""What one link of a chain says: an in-toto statement in a DSSE envelope, signed with Ed25519 (docs/format.md)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from .errors import CredenceError, corrupt
from .store import read_json

Check = Callable[[Any], bool]
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
        text = pem if isinstance(pem, str) else pem.decode()
        keys = [load_pem_public_key(block.encode()) for block in PUBLIC_KEY.findall(text)]
    except ValueError as error:
        raise CredenceError("invalid", "not a public key in PEM", "public_key") from error
    ours = [key for key in keys if isinstance(key, Ed25519PublicKey)]
    if not ours or len(ours) < len(keys):
        raise CredenceError("invalid", "not an Ed25519 public key in PEM", "public_key")
    return Verifier(ours)


def _decode(text: str) -> bytes:
    """Base64 in its one canonical spelling."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not base64 as it is written here")
    return data


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _whole(value: Any) -> bool:
    return type(value) is int and abs(value) < 2**53


def _one_of(*values: str) -> Check:
    return lambda value: value in values if isinstance(value, str) else False


def _list_of(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(check(item) for item in value)


def _object(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these members and no other."""
    known = {**required, **(optional or {})}

    def check(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and required.keys() <= value.keys() <= known.keys()
            and all(known[name](item) for name, item in value.items())
        )

    return check


_digest = _object({"sha256": lambda value: _text(value) and re.fullmatch("[0-9a-f]{64}", value) is not None})
_subject = _object({"name": _text, "digest": _digest})
_segment = _object({"partition": _text, "from": _text, "to": _text})
_is_envelope = _object(
    {
        "payloadType": _one_of("application/vnd.in-toto+json"),
        "payload": _text,
        "signatures": lambda value: _list_of(_object({"keyid": _text, "sig": _text}))(value) and len(value) > 0,
    }
)
_predicate = _object(
    {
        "kind": _one_of("window", "release", "revocation", "reencryption"),
        "dataset": _text,
        "ordinal": lambda value: _whole(value) and value > 0,
    },
    {
        "previous": _digest,
        "window": _text,
        "review": _text,
        "source": _text,
        "segments": _list_of(_segment),
        "counts": _object(dict.fromkeys(COUNTS, _whole)),
        "contract": _digest,
        "policy": lambda value: isinstance(value, dict),
        "detectors": _list_of(_object({"name": _text, "version": _whole})),
        "revoked": _list_of(_text),
        "batch": _text,
        "replaced": _list_of(_object({"from": _subject, "by": _text})),
    },
)
_is_statement = _object(
    {
        "_type": _one_of("https://in-toto.io/Statement/v1"),
        "subject": _list_of(_subject),
        "predicateType": _one_of("https://credence.dev/manifest/v1"),
        "predicate": _predicate,
    }
)
