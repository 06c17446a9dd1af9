"""What JSON has to look like before anything is believed of it: each check says whether a value is as it should be."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], bool]


def text(value: Any) -> bool:
    return isinstance(value, str)


def whole(value: Any) -> bool:
    return type(value) is int and abs(value) < 2**53


def one_of(*values: str) -> Check:
    return lambda value: value in values if isinstance(value, str) else False


def matching(pattern: str) -> Check:
    return lambda value: text(value) and re.fullmatch(pattern, value) is not None


def encoded(value: Any) -> bool:
    """Base64."""
    try:
        return text(value) and base64.b64decode(value, validate=True) is not None
    except ValueError:
        return False


def list_of(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(check(item) for item in value)


def object_of(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these members and no other."""
    known = {**required, **(optional or {})}

    def check(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and required.keys() <= value.keys() <= known.keys()
            and all(known[name](item) for name, item in value.items())
        )

    return check
