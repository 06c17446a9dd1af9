"""The admitted records of a dataset, and nothing else: what a training may read."""

from __future__ import annotations

import base64
import functools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from .chain import Admission, Release, Replacements, Window, check_digest, compare_natural
from .chain import read_admission, read_links, signed_links
from .errors import CredenceError, corrupt
from .keys import EpochKeys, Keyring, local_keyring
from .manifest import Link, Subject, Verifier, verifier_from_pem
from .message import open_message
from .store import Store, open_store, read_json
from .zstd import decompress

DTYPES = {"u8": 1, "i8": 1, "u16": 2, "i16": 2, "u32": 4, "i32": 4, "f32": 4, "f64": 8}


@dataclass(frozen=True)
class Tensor:
    """A dense array inside a record: row-major, little-endian."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    def numpy(self) -> Any:
        """As an array of its own. Needs numpy."""
        import numpy as np

        kind = {"u": "u", "i": "i", "f": "f"}[self.dtype[0]]
        return np.frombuffer(self.data, f"<{kind}{DTYPES[self.dtype]}").reshape(self.shape).copy()


class Record(TypedDict):
    """One admitted record; `fields` holds JSON, with a `Tensor` where an array is."""

    id: str
    fields: dict[str, Any]
    provenance: dict[str, str]


def open_dataset(
    folder: str | os.PathLike[str],
    dataset: str | None = None,
    *,
    keys: Keyring | Sequence[Keyring] | None = None,
    public_key: str | bytes | None = None,
    head: str | None = None,
) -> Iterator[Record]:
    """The admitted records of a dataset in the order of its source, each once.

    The whole chain is verified before the first record, each object against its signed digest before it is opened. `folder` is a
    data folder or one that holds its objects; `dataset` may be left out where there is one alone. `keys` unwraps the epoch keys:
    by default the keyring of the data folder. `public_key` is trusted to have signed: by default the keys that the keyring holds.
    `head` is the digest of a link that the chain must have, from elsewhere.

    Throws CredenceError: `not_found` (`unsigned`), `corrupt` for what does not verify, was never scanned (`unscanned`) or is
    admitted twice (`repeated`), `denied`. What was revoked or recalled is not among the records.
    """
    store, data = open_store(folder)
    if keys is None:
        keys = local_keyring(data / "keys" / "keyring.json")
    epoch_keys = EpochKeys(store, keys if isinstance(keys, Sequence) else [keys])
    verifier = Verifier(*epoch_keys.signing_keys()) if public_key is None else verifier_from_pem(public_key)
    name = store.only_dataset() if dataset is None else dataset
    links: list[Link] = []
    admission = read_admission(name, _kept(links, signed_links(name, read_links(store, verifier, name), head)))
    seen: set[str] = set()
    for record in _admitted(admission, _Vault(name, store, epoch_keys, Replacements(links))):
        if record["id"] in seen:
            raise corrupt(f"a record of {name} is admitted twice: a catalog that was put back let it be read again", "repeated")
        seen.add(record["id"])
        yield record


@dataclass(frozen=True)
class _Vault:
    dataset: str
    store: Store
    keys: EpochKeys
    replacements: Replacements

    def records(self, subject: Subject, window: Window) -> list[Record]:
        """The records of an object that a link signed for; of the one that stands for it where it is gone."""
        data = self.store.find(subject.name)
        if data is None:
            subject = self.replacements.standing(subject)
            data = self.store.find(subject.name)
        if data is None:
            advice = "put it back from a backup; `credence verify` names what else is gone"
            raise CredenceError("not_found", f"{subject.name} is gone from the store: {advice}", "object_gone")
        check_digest(data, subject)
        context = {"dataset": self.dataset, "path": subject.name, "window": window.id, "contract": window.contract}
        key_of = functools.partial(self.keys.get, self.dataset)
        return _decode(decompress(open_message(data, {**context, "codec": "jsonl+zstd"}, key_of), subject.name))


def _admitted(admission: Admission, vault: _Vault) -> Iterator[Record]:
    released = [(record, release) for release in admission.releases for record in vault.records(release.subject, release.window)]
    last = dict(admission.revoked)
    for record, release in released:
        last[record["id"]] = max(release.ordinal, last.get(record["id"], 0))
    for window in admission.windows:
        for record in vault.records(window.clean, window) if window.clean is not None else []:
            if last.get(record["id"], 0) <= window.ordinal and record["id"] not in admission.recalled:
                yield record
    moved = [(record, release) for record, release in released if last[record["id"]] == release.ordinal]
    standing = [(record, release) for record, release in moved if record["id"] not in admission.recalled]
    for record, _ in sorted(standing, key=functools.cmp_to_key(_by_origin)):
        yield record


def _by_origin(a: tuple[Record, Release], b: tuple[Record, Release]) -> int:
    one, other = a[0], b[0]
    names = ("source", "partition", "position")
    orders = (compare_natural(one["provenance"][name], other["provenance"][name]) for name in names)
    return next((order for order in orders if order != 0), 0) or compare_natural(one["id"], other["id"])


def _kept(links: list[Link], read: Iterator[Link]) -> Iterator[Link]:
    for link in read:
        links.append(link)
        yield link


def _decode(lines: bytes) -> list[Record]:
    *whole, rest = lines.split(b"\n")
    if rest != b"":
        raise _no_record(len(whole))
    return [_record(line, index) for index, line in enumerate(whole)]


def _record(line: bytes, index: int) -> Record:
    try:
        value = read_json(line, _tensor)
    except ValueError:
        raise _no_record(index) from None  # the parser's own message would quote the record
    if not isinstance(value, dict):
        raise _no_record(index)
    id, fields, provenance = value.get("id"), value.get("fields"), value.get("provenance")
    if not isinstance(id, str) or not isinstance(fields, dict) or not isinstance(provenance, dict):
        raise _no_record(index)
    origin = [provenance.get(name) for name in ("source", "partition", "position")]
    if not all(isinstance(text, str) for text in [*origin, provenance.get("contributor", "")]):
        raise _no_record(index)
    return {"id": id, "fields": fields, "provenance": provenance}


def _tensor(value: dict[str, Any]) -> Any:
    dtype, shape, data = (value.get(name) for name in ("$tensor", "shape", "data"))
    if not isinstance(dtype, str) or dtype not in DTYPES or not isinstance(shape, list) or not isinstance(data, str):
        return value
    content = base64.b64decode(data, validate=True)
    if len(content) % DTYPES[dtype] != 0:
        raise ValueError("not whole numbers of that width")
    return Tensor(dtype, tuple(shape), content)


def _no_record(index: int) -> CredenceError:
    return corrupt(f"line {index + 1} of a record object is not a record", "record_line")
