"""The one error of the reader: the codes and reasons of docs/errors.md."""

from __future__ import annotations


class CredenceError(Exception):
    """`code` says what kind of failure it is (`corrupt`, `denied`, …), `reason` what exactly.

    The text has both: PyTorch hands on nothing else of what a worker of its loader throws.
    """

    def __init__(self, code: str, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.args[0]} ({self.code if self.reason is None else f'{self.code}: {self.reason}'})"

    def __reduce__(self) -> tuple[type[CredenceError], tuple[str, str, str | None]]:
        return CredenceError, (self.code, self.args[0], self.reason)


def corrupt(message: str, reason: str) -> CredenceError:
    """What is thrown where stored bytes are not what was written."""
    return CredenceError("corrupt", message, reason)
