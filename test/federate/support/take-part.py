"""One Python client of one round, for languages.test.ts: configured on stdin, says what became of the round."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "clients" / "python"))

from credence_federate import take_part  # noqa: E402

given = json.load(sys.stdin)
keys = {name: bytes.fromhex(key) for name, key in given["peers"].items()}
kept = []


def train(model, terms):
    assert len(kept) == 1, "a round is remembered before anything is done in it"
    return model + given["update"]


number, outcome = take_part(
    given["url"],
    given["name"],
    bytes.fromhex(given["identity"]),
    bytes.fromhex(given["aggregator"]),
    keys,
    bytes.fromhex(given["session"]),
    0,
    train,
    sketch=given["sketch"],
    remember=kept.append,
)
print(json.dumps({"round": number, "kept": kept, "outcome": outcome}))
