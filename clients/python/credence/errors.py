"""The one error of the reader: the codes and reasons of docs/errors.md."""

from __future__ import annotations


class CredenceError(Exception):
    """`code` says what kind of failure it is (`corrupt`, `denied`, …), `reason` what exactly; the text names the path."""

    def __init__(self, code: str, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason

    def __reduce__(self) -> tuple[type[CredenceError], tuple[str, str, str | None]]:
        return CredenceError, (self.code, str(self), self.reason)  # workers of a data loader hand it on


def corrupt(message: str, reason: str) -> CredenceError:
    """What is thrown where stored bytes are not what was written."""
    return CredenceError("corrupt", message, reason)
