"""One Python client of one round, for languages.test.ts: configured on stdin, says what became of the round. With a `seed`, all that it draws follows
from that, as `seededBytes` has it: what it masks can be foretold."""

import functools
import itertools
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "clients" / "python"))

from cryptography.hazmat.primitives.hashes import SHA256  # noqa: E402
from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: E402

from credence_federate import http, take_part  # noqa: E402
from credence_federate.secrets import key_stream  # noqa: E402

given = json.load(sys.stdin)
keys = {name: bytes.fromhex(key) for name, key in given["peers"].items()}
kept = []


def seeded(seed):
    numbers = itertools.count()
    return lambda length: key_stream(HKDF(SHA256(), 32, b"seeded bytes", str(next(numbers)).encode()).derive(seed.encode()), length)


if "seed" in given:
    http.Client = functools.partial(http.Client, random=seeded(given["seed"]))


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
    noise=given.get("noise", 0.0),
    remember=kept.append,
)
print(json.dumps({"round": number, "kept": kept, "outcome": outcome}))
