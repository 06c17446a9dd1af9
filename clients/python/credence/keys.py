"""Epoch keys: key records of the store, and what unwraps them."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .checks import encoded, list_of, matching, object_of, one_of, text, whole
from .errors import CredenceError, corrupt
from .message import kid_of, open_sealed
from .store import Store, canonical_json, file_error, read_json

SIGNING = "_signing"
FORMER = "credence-key/1"
KID = re.compile(r"[0-9a-f]{32}")


class Keyring(Protocol):
    """What unwraps epoch keys: `local_keyring`, or a few lines of yours over a key service (docs/format.md says what is bound)."""

    @property
    def provider(self) -> str:
        """`local`, `awskms`, `keyvault` or `gcpkms`: whose wraps it is asked for."""

    def unwrap(self, wrap: Mapping[str, str], context: Mapping[str, str]) -> bytes:
        """The key in a wrap (`keyId`, `version`, `alg`, `blob` in base64), which is bound to `context`. Throws CredenceError."""


class EpochKeys:
    """The keys of the records in a store, each unwrapped once."""

    def __init__(self, store: Store, keyrings: Sequence[Keyring]) -> None:
        self.store, self.keyrings = store, keyrings
        self._keys: dict[tuple[str, str], bytes] = {}
        self._epochs: dict[str, int] = {}

    def get(self, dataset: str, kid: str) -> bytes:
        """Throws `not_found` without a record, `denied` (`key_destroyed`, `no_keyring`), and as the keyrings do."""
        if (dataset, kid) not in self._keys:
            self._keys[dataset, kid] = self._unwrap(self._record(dataset, kid), dataset, kid)
        return self._keys[dataset, kid]

    def signing_keys(self) -> tuple[list[tuple[Ed25519PublicKey, int]], int | None]:
        """Of every signing key that unwraps, with its generation: what somebody put beside them verifies nothing.

        Then the generation that signs now, as far as the store says it.
        """
        names = [name.removesuffix(".json") for name in self.store.names(f"keys/{SIGNING}") if name.endswith(".json")]
        kids = [kid for kid in names if KID.fullmatch(kid) and self._record(SIGNING, kid)["state"] == "active"]
        if not kids:
            raise CredenceError("not_found", "nothing was ever signed here", "unsigned")
        keys = {kid: (Ed25519PrivateKey.from_private_bytes(self.get(SIGNING, kid)).public_key(), self._epochs[kid]) for kid in kids}
        pointer = self.store.find(f"keys/{SIGNING}/current.json")
        if pointer is None:
            return list(keys.values()), None
        kid, epoch = _pointed(pointer)
        return list(keys.values()), keys[kid][1] if kid in keys else epoch

    def _record(self, dataset: str, kid: str) -> dict[str, Any]:
        if not KID.fullmatch(kid):
            raise CredenceError("invalid", "not a key id")
        record = _key_record(self.store.read(f"keys/{dataset}/{kid}.json"), kid)
        if record["dataset"] != dataset or record["kid"] != kid:
            raise corrupt(f"the record of key {kid} is another key's", "key_record")
        return record

    def _unwrap(self, record: Mapping[str, Any], dataset: str, kid: str) -> bytes:
        if record["state"] != "active":
            raise CredenceError("denied", f"key {kid} of {dataset} was destroyed", "key_destroyed")
        errors: list[CredenceError] = []
        for keyring in self.keyrings:
            for wrap in reversed([wrap for wrap in record["wraps"] if wrap["provider"] == keyring.provider]):
                try:
                    key = keyring.unwrap(wrap, bound_context(record, wrap))
                    if len(key) == 32 and kid_of(key) == kid:
                        # a wrap of before bears no number out: signing keys had no second one then
                        is_former = bound_context(record, wrap)["format"] == FORMER
                        self._epochs[kid] = 1 if is_former and dataset == SIGNING else record["epoch"]
                        return key
                    errors.append(corrupt(f"a wrap of key {kid} holds another key", "kid_mismatch"))
                except CredenceError as error:
                    errors.append(error)
        none = CredenceError("denied", f"no key service that was given wraps key {kid} of {dataset}", "no_keyring")
        raise next((error for error in errors if error.code == "denied"), errors[0] if errors else none)


class LocalKeyring:
    """The keyring of a data folder: 256-bit keys by version, in memory once the file is open."""

    provider = "local"

    def __init__(self, key_id: str, versions: Mapping[str, bytes]) -> None:
        self._key_id, self._versions = key_id, versions

    def unwrap(self, wrap: Mapping[str, str], context: Mapping[str, str]) -> bytes:
        if wrap["keyId"] != self._key_id:
            raise CredenceError("not_found", f"key {wrap['keyId']} is not in this keyring", "unknown_key")
        version = wrap["version"]
        if version not in self._versions:
            raise CredenceError("not_found", f"the keyring has no version {version}", "unknown_version")
        said = {name: value for name, value in context.items() if name != "format"}
        purpose = "credence-wrap/1" if context["format"] == FORMER else "credence-wrap/2"
        bound = canonical_json({"purpose": purpose, "provider": "local", "keyId": self._key_id, "version": version, **said})
        key = None
        if wrap["alg"] == "AES-256-GCM":
            key = open_sealed(self._versions[version], base64.b64decode(wrap["blob"]), bound)
        if key is None:
            raise corrupt(f"the wrap of key {context['kid']} does not open under version {version}", "wrap_altered")
        return key


def bound_context(record: Mapping[str, Any], wrap: Mapping[str, str]) -> dict[str, str]:
    """What a wrap of a record is bound to beside its key; those of before, to the key's name alone."""
    context = {"format": "credence-key/2", "dataset": record["dataset"], "kid": record["kid"]}
    if FORMER in (record["format"], wrap.get("format")):
        return {**context, "format": FORMER}
    return {**context, "epoch": str(record["epoch"]), "created": record["created"], "state": record["state"]}


def local_keyring(file: str | os.PathLike[str], passphrase: str | None = None) -> LocalKeyring:
    """Opens a keyring file, with the key file beside it where no passphrase is given.

    Throws `not_found`, `denied` (`wrong_passphrase`, or others may read the file), `corrupt`, and `invalid`
    (`passphrase_needed`).
    """
    at = Path(file)
    data = _read_private(at)
    try:
        header = read_json(data)
        if not _is_keyring(header):
            raise ValueError("another format")
    except ValueError as error:
        raise corrupt("not a keyring file", "keyring_format") from error
    sealed, seal = base64.b64decode(header["sealed"]), header["seal"]
    key = _stretched(seal, passphrase) if seal["kind"] == "passphrase" else _key_file(at.parent / seal["name"])
    bound = {name: value for name, value in header.items() if name != "sealed"}
    content = open_sealed(key, sealed, canonical_json(bound))
    if content is None and seal["kind"] == "passphrase":
        raise CredenceError("denied", "wrong passphrase, or an altered keyring", "wrong_passphrase")
    if content is None:
        raise CredenceError("denied", "the key file does not open this keyring", "wrong_key_file")
    versions = {entry["version"]: base64.b64decode(entry["key"]) for entry in read_json(content)}
    return LocalKeyring(bound["keyId"], versions)


def _stretched(seal: Mapping[str, Any], passphrase: str | None) -> bytes:
    if passphrase is None:
        raise CredenceError("invalid", "this keyring is sealed by a passphrase: give it", "passphrase_needed")
    secret, salt, cost = unicodedata.normalize("NFC", passphrase).encode(), base64.b64decode(seal["salt"]), seal["log2N"]
    return hashlib.scrypt(secret, salt=salt, n=1 << cost, r=8, p=seal["p"], maxmem=(128 << cost) * 16, dklen=32)


def _key_file(file: Path) -> bytes:
    try:
        key = base64.b64decode(_read_private(file).decode().strip(), validate=True)
        if len(key) != 32:
            raise ValueError("another length")
        return key
    except CredenceError as error:
        if error.code != "not_found":
            raise
        message = f"{file.name}, which seals the keyring, is gone: put it back from your backup"
        raise CredenceError("not_found", message, "key_file") from error
    except ValueError as error:
        raise corrupt(f"{file.name} does not hold a key", "key_file") from error


def _read_private(file: Path) -> bytes:
    """The bytes of a regular file that is ours and closed to everybody else."""
    try:
        status = file.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise CredenceError("denied", f"{file.name} is not a regular file", "not_a_file")
        if os.name == "posix" and status.st_mode & 0o077:
            message = f"{file.name} can be read by others: run chmod 600 on it"
            raise CredenceError("denied", message, "readable_by_others")
        if os.name == "posix" and status.st_uid not in (os.getuid(), 0):
            raise CredenceError("denied", f"{file.name} belongs to somebody else", "not_owner")
        return file.read_bytes()
    except OSError as error:
        raise file_error(error, f"reading {file.name}") from error


def _pointed(data: bytes) -> tuple[str, int]:
    """The key that a pointer names, and its number. Throws `corrupt`."""
    try:
        pointer = read_json(data)
        if not _is_pointer(pointer):
            raise ValueError("another format")
        return pointer["kid"], pointer["epoch"]
    except ValueError as error:
        raise corrupt(f"the current key of {SIGNING} does not parse", "key_record") from error


def _key_record(data: bytes, kid: str) -> dict[str, Any]:
    try:
        record = read_json(data)
        if not _is_record(record):
            raise ValueError("another format")
        return dict(record)
    except ValueError as error:
        raise corrupt(f"the record of key {kid} does not parse", "key_record") from error


_under = {"provider": one_of("local", "awskms", "keyvault", "gcpkms"), "keyId": text, "version": text}
_is_record = object_of(
    {
        "format": one_of(FORMER, "credence-key/2"),
        "dataset": text,
        "kid": matching("[0-9a-f]{32}"),
        "epoch": lambda value: whole(value) and value > 0,
        "state": one_of("active", "destroyed"),
        "created": matching("[0-9-]{10}T[0-9:.]+Z"),
        "wraps": list_of(object_of({**_under, "alg": text, "blob": encoded}, {"format": one_of(FORMER)})),
    },
    {"wrappedBy": list_of(object_of(_under))},
)
_is_pointer = object_of(
    {
        "format": one_of("credence-current-key/1"),
        "kid": matching("[0-9a-f]{32}"),
        "epoch": lambda value: whole(value) and value > 0,
    }
)
_passphrase = {
    "kind": one_of("passphrase"),
    "kdf": one_of("scrypt"),
    "log2N": lambda value: whole(value) and 10 <= value <= 20,  # a hostile file exhausts no memory
    "r": lambda value: whole(value) and value == 8,
    "p": lambda value: whole(value) and 1 <= value <= 4,
    "salt": encoded,
}
_key_file_seal = {"kind": one_of("keyfile"), "name": matching("[A-Za-z0-9._-]+")}
_is_keyring = object_of(
    {
        "format": one_of("credence-keyring/1"),
        "keyId": matching("[0-9a-f]{16}"),
        "seal": lambda value: object_of(_passphrase)(value) or object_of(_key_file_seal)(value),
        "sealed": encoded,
    }
)
