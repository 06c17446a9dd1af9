"""Admitted records for PyTorch: `from credence.torch import AdmittedRecords`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from torch.utils.data import IterableDataset, get_worker_info

from .dataset import Record, open_dataset
from .training import row


class AdmittedRecords(IterableDataset):  # type: ignore[type-arg, misc, unused-ignore]
    """Verifies and reads the dataset anew each epoch: what is revoked between two of them is not in the second.

    Yields `transform(record)`, by default the fields with arrays that a `DataLoader` turns into tensors. Workers share the records
    out among them, and so do `shards` processes, each with its number `shard`; each of them verifies all of it. `options` are those
    of `open_dataset`.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        dataset: str | None = None,
        *,
        transform: Callable[[Record], Any] = row,
        shard: int = 0,
        shards: int = 1,
        **options: Any,
    ) -> None:
        super().__init__()
        self.folder, self.dataset, self.transform = folder, dataset, transform
        self.shard, self.shards, self.options = shard, shards, options

    def __iter__(self) -> Iterator[Any]:
        worker = get_worker_info()
        workers, number = (1, 0) if worker is None else (worker.num_workers, worker.id)
        share, of = self.shard * workers + number, self.shards * workers
        for index, record in enumerate(open_dataset(self.folder, self.dataset, **self.options)):
            if index % of == share:
                yield self.transform(record)
