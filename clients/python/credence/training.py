"""Admitted records for pandas and for Hugging Face `datasets`, which are imported when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .dataset import Record, Tensor


def row(record: Record) -> dict[str, Any]:
    """A record's fields with their arrays as numpy's; `id` is the record's, unless a field has that name."""
    return {"id": record["id"], **_arrays(record)}


def to_pandas(records: Iterable[Record]) -> Any:
    """A `DataFrame` with one row a record, by its id, and one column a field. Reads all before it returns."""
    import pandas

    read = list(records)
    index = pandas.Index([record["id"] for record in read], name="id", dtype=object)
    return pandas.DataFrame([_arrays(record) for record in read], index=index)


def to_hf(records: Iterable[Record]) -> Any:
    """A `datasets.Dataset` in memory, with the columns of `row`.

    Made of what was verified just now, not by a generator: those are cached on disk, and a record that is revoked later would
    still come out of there.
    """
    import datasets

    rows = [row(record) for record in records]
    names = dict.fromkeys(name for each in rows for name in each)
    return datasets.Dataset.from_dict({name: [each.get(name) for each in rows] for name in names})


def _arrays(record: Record) -> dict[str, Any]:
    return {name: value.numpy() if isinstance(value, Tensor) else value for name, value in record["fields"].items()}
