"""Objects in a folder, only read: of a data folder, or copied from a bucket."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path
from typing import Any

from .errors import CredenceError

SEGMENT = re.compile(r"[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,199}")
DATASET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
CODES = {
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR, errno.EISDIR), "not_found"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.ELOOP), "denied"),  # ELOOP: a symbolic link where a file is due
    **dict.fromkeys((errno.EMFILE, errno.ENFILE, errno.EIO, errno.ESTALE), "unavailable"),
}


class Store:
    """The objects below a folder. A path that leaves the folder is none, whoever signed for it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes:
        """The bytes of an object. Throws `not_found`, `denied`, and `invalid` for what is no path of objects."""
        if len(path) > 900 or not all(SEGMENT.fullmatch(part) for part in path.split("/")):
            raise CredenceError("invalid", f"not an object path: {path[:200]!r}")
        try:
            with open(self.root.joinpath(*path.split("/")), "rb", opener=_not_followed) as file:
                return file.read()
        except OSError as error:
            raise file_error(error, f"reading {path}") from error

    def find(self, path: str) -> bytes | None:
        """The same; None where nothing is there."""
        try:
            return self.read(path)
        except CredenceError as error:
            if error.code == "not_found":
                return None
            raise

    def names(self, folder: str) -> list[str]:
        """What lies in a folder of the store, sorted; nothing where there is none."""
        at = self.root / folder
        return sorted(entry.name for entry in at.iterdir() if SEGMENT.fullmatch(entry.name)) if at.is_dir() else []

    def only_dataset(self) -> str:
        """The one dataset that has a chain here."""
        names = [name for name in self.names("manifests") if self.names(f"manifests/{name}")]
        if not names:
            raise CredenceError("not_found", "nothing is signed here", "unsigned")
        if len(names) > 1:
            raise CredenceError("invalid", f"several datasets are here: name {' or '.join(names)}")
        return names[0]


def open_store(folder: str | os.PathLike[str]) -> tuple[Store, Path]:
    """The store of a data folder, or of a folder that holds the objects themselves; and the data folder."""
    at = Path(folder)
    if (at / "objects" / "manifests").is_dir():
        return Store(at / "objects"), at
    if (at / "manifests").is_dir():
        return Store(at), at.parent
    raise CredenceError("not_found", f"{at} holds no signed manifests", "unsigned")


def check_dataset(dataset: str) -> None:
    if not DATASET.fullmatch(dataset):
        raise CredenceError("invalid", f"not a name for a dataset: {dataset[:80]!r}")


def file_error(error: OSError, what: str) -> CredenceError:
    name = errno.errorcode.get(error.errno or 0, "unknown")
    return CredenceError(CODES.get(error.errno or 0, "internal"), f"{what}: {name}", name.lower())


def read_json(text: bytes, hook: Any = None) -> Any:
    """JSON as every JavaScript engine reads it. Throws ValueError, for UTF-8 that is none and for NaN too."""
    try:
        return json.loads(text.decode(), object_hook=hook, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("too deep") from error


def canonical_json(value: object) -> bytes:
    """RFC 8785, for the texts and small whole numbers that headers are made of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _not_followed(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")
