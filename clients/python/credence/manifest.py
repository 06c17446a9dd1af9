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
    signers: tuple[str, ...]
    """The keys that signed it: one, or on a rotation the former and the next."""

    def subject_in(self, zone: str) -> Subject | None:
        """The one object of a zone among the subjects."""
        return next((subject for subject in self.subjects if subject.name.startswith(f"{zone}/")), None)


class Verifier:
    """Trusted public keys, by their id: 128 bits of SHA-256 over the SubjectPublicKeyInfo.

    Each comes with its generation, from 1 on; `current` is the one that signs now, the greatest where nothing is said.
    """

    def __init__(self, keys: Iterable[tuple[Ed25519PublicKey, int]], current: int | None = None) -> None:
        spki = [(key, generation, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)) for key, generation in keys]
        self._keys = {hashlib.sha256(der).hexdigest()[:32]: (key, generation) for key, generation, der in spki}
        self._current = max(generation for _, generation, _ in spki) if current is None else current

    def has_ended(self, keyid: str) -> bool:
        """Whether a later key has taken the place of this one."""
        return self._keys[keyid][1] < self._current

    def next_signer(self, link: Link, signer: str | None) -> str:
        """The key that may sign the next link, when `signer` might sign this one; at the beginning anybody who is trusted might.

        Throws `corrupt` (`signer_ended`).
        """
        by, following = link.signers[0], link.signers[-1]
        generation = self._keys[by][1]
        # Before there were rotations, processes that raced for the first key may have signed with two.
        is_first = signer is not None and generation == 1 == self._keys[signer][1]
        if signer is not None and by != signer and not is_first:
            raise signer_ended(link.path)
        if following != by and self._keys[following][1] <= generation:
            raise signer_ended(link.path)
        return following

    def open(self, envelope: bytes, path: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The statement of an envelope, and who signed it: nothing of it is read before each signature verifies.

        Throws `corrupt`: `manifest_format` or `signature`.
        """
        try:
            outer = read_json(envelope)
            if not _is_envelope(outer):
                raise ValueError("not an envelope")
            body = _decode(outer["payload"])
        except ValueError as error:
            raise corrupt(f"{path} is not a manifest", "manifest_format") from error
        kind, signatures = outer["payloadType"].encode(), outer["signatures"]
        signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)
        if len(signatures) > 2 or not all(self._verifies(signed, **signature) for signature in signatures):
            raise corrupt(f"{path} is not signed by a key that is trusted, and by it alone", "signature")
        try:
            statement = read_json(body)
            if not _is_statement(statement):
                raise ValueError("not a statement")
        except ValueError as error:
            raise corrupt(f"{path} is not a manifest", "manifest_format") from error
        signers = tuple(signature["keyid"] for signature in signatures)
        rotation, is_rotation = statement["predicate"].get("rotation"), statement["predicate"]["kind"] == "rotation"
        asked = signers[:1] if rotation is None else (rotation["from"], rotation["to"])
        if is_rotation != (rotation is not None) or asked != signers or len(set(signers)) < len(signers):
            raise corrupt(f"{path} is not signed as a link of its kind is", "signature")
        return dict(statement), signers

    def _verifies(self, signed: bytes, keyid: str, sig: str) -> bool:
        try:
            self._keys[keyid][0].verify(_decode(sig), signed)
            return True
        except (KeyError, ValueError, InvalidSignature):
            return False


def verifier_from_pem(pem: str | bytes) -> Verifier:
    """For Ed25519 public keys in PEM, in the order in which they signed, that of now last. Throws `invalid` (`public_key`)."""
    try:
        blocks = PUBLIC_KEY.findall(pem if isinstance(pem, str) else pem.decode())
        keys = [load_pem_public_key(block.encode()) for block in blocks]
    except ValueError as error:
        raise CredenceError("invalid", "not a public key in PEM", "public_key") from error
    ours = [key for key in keys if isinstance(key, Ed25519PublicKey)]
    if not ours or len(ours) < len(keys):
        raise CredenceError("invalid", "not an Ed25519 public key in PEM", "public_key")
    return Verifier([(key, at + 1) for at, key in enumerate(ours)])


def signer_ended(path: str) -> CredenceError:
    message = f"{path} is signed by a key whose right to sign had ended: somebody holds an earlier signing key, or a rotation was interrupted"
    return corrupt(message, "signer_ended")


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
        "kind": one_of("window", "release", "revocation", "recall", "reinstatement", "reencryption", "rotation"),
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
        "recalled": list_of(text),
        "batch": text,
        "rotation": object_of({"from": text, "to": text}),
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
