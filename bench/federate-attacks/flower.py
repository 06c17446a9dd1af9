"""Flower's own robust strategies, one call a round: reads a JSON line with the shape and that many little-endian doubles, writes the result's."""

import json
import sys

import numpy as np
from flwr.server.strategy.aggregate import aggregate_krum, aggregate_trimmed_avg

STRATEGIES = {
    "krum": lambda results, attackers: aggregate_krum(results, attackers, len(results) - attackers),
    "trimmed": lambda results, attackers: aggregate_trimmed_avg(results, attackers / len(results)),
}

for line in sys.stdin.buffer:
    asked = json.loads(line)
    count, length = asked["clients"], asked["numbers"]
    rows = np.frombuffer(sys.stdin.buffer.read(8 * count * length), dtype="<f8").reshape(count, length)
    # Flower's clients send single precision
    results = [([row.astype(np.float32)], 1) for row in rows]
    (mean,) = STRATEGIES[asked["strategy"]](results, asked["attackers"])
    sys.stdout.buffer.write(np.asarray(mean, dtype="<f8").tobytes())
    sys.stdout.buffer.flush()
