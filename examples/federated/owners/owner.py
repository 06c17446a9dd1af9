"""What an owner in Python does in a federation, whatever it trains with: <url> <peers.json> <name> <key.pem> <folder> <rounds>."""

import json
import sys
from pathlib import Path

import numpy as np
from credence_federate import take_part
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def run(train):
    """Takes part in round after round; `train(model, pixels, labels)` returns the model that it made of the given one."""
    url, peers, name, key, folder, rounds = sys.argv[1:]
    about = json.loads(Path(peers).read_text())
    identity = load_pem_private_key(Path(key).read_bytes(), None).private_bytes_raw()
    aggregator, session = bytes.fromhex(about["aggregator"]), bytes.fromhex(about["session"])
    others = {peer: bytes.fromhex(public) for peer, public in about["peers"].items()}
    pixels = np.fromfile(Path(folder, "pixels.u8"), np.uint8).reshape(-1, 784) / 255
    labels = np.fromfile(Path(folder, "labels.u8"), np.uint8)

    def update(model, _terms):
        return train(model, pixels, labels) - model

    memory = Path(folder, "round")  # on disk: no round is taken part in twice
    after = int(memory.read_text()) if memory.exists() else 0
    while after < int(rounds):
        after, _outcome = take_part(
            url, name, identity, aggregator, others, session, after, update, remember=lambda number: memory.write_text(str(number))
        )
