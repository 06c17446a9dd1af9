"""Zstandard: of Python's own library from 3.14 on, of the package `zstandard` before."""

from __future__ import annotations

from typing import Any

from .errors import CredenceError, corrupt

MOST = 1024**3
"""An object that decompresses to more bytes is refused."""
PIECE = 4096


def decompress(data: bytes, path: str) -> bytes:
    """One whole frame. Throws `corrupt` (`not_zstd`, `decompressed_size`), `invalid` (`missing_package`)."""
    decompressor, broken = _decompressor()
    parts, size = [], 0
    try:
        for at in range(0, len(data), PIECE):  # in pieces, so that what is too large is noticed before it fills the memory
            part = decompressor.decompress(data[at : at + PIECE])
            size += len(part)
            if size > MOST:
                raise corrupt(f"{path} does not decompress: it is too large", "decompressed_size")
            parts.append(part)
    except (broken, EOFError) as error:
        raise corrupt(f"{path} does not decompress", "not_zstd") from error
    if not decompressor.eof or decompressor.unused_data:
        raise corrupt(f"{path} does not decompress", "not_zstd")
    return b"".join(parts)


def _decompressor() -> tuple[Any, type[Exception]]:
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]

        return zstd.ZstdDecompressor(), zstd.ZstdError
    except ImportError:
        pass
    try:
        import zstandard

        return zstandard.ZstdDecompressor().decompressobj(), zstandard.ZstdError
    except ImportError as error:
        message = "records are compressed with Zstandard, which Python has from 3.14 on: pip install zstandard"
        raise CredenceError("invalid", message, "missing_package") from error
