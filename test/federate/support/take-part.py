"""One Python client of one round, for languages.test.ts: configured on stdin, says what became of the round."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "clients" / "python"))

from credence_federate import take_part  # noqa: E402

given = json.load(sys.stdin)
keys = {name: bytes.fromhex(key) for name, key in given["peers"].items()}
number, outcome = take_part(
    given["url"],
    given["name"],
    bytes.fromhex(given["identity"]),
    bytes.fromhex(given["aggregator"]),
    keys,
    bytes.fromhex(given["session"]),
    0,
    lambda model, terms: model + given["update"],
    sketch=given["sketch"],
)
print(json.dumps({"round": number, "outcome": outcome}))
