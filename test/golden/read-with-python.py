"""Answers what python-reader.test.ts asks: one JSON object a line on standard input, one a line on standard output."""

import base64
import hashlib
import itertools
import json
import sys
from dataclasses import asdict
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parents[2] / "clients" / "python"))

import credence  # noqa: E402
from credence.message import open_message  # noqa: E402


def plain(tensor):
    return {"$tensor": tensor.dtype, "shape": list(tensor.shape), "data": base64.b64encode(tensor.data).decode()}


def records(given):
    options = {name: given[name] for name in ("public_key", "head") if name in given}
    if "keyring" in given:
        options["keys"] = credence.local_keyring(given["keyring"], given.get("passphrase"))
    return credence.open_dataset(given["folder"], given.get("dataset"), **options)


def answer(given):
    if given["do"] == "open":
        return {"records": list(records(given))}
    if given["do"] == "first":
        return {"records": list(itertools.islice(records(given), 1))}
    if given["do"] == "verify":
        return asdict(credence.verify(given["folder"], given["public_key"], given.get("dataset"), head=given.get("head")))
    if given["do"] == "object":
        opened = open_message(base64.b64decode(given["object"]), given["context"], lambda _: bytes.fromhex(given["key"]))
        return {"plaintext": hashlib.sha256(opened).hexdigest()}
    frame = credence.to_pandas(records(given))
    return {"ids": list(frame.index), "columns": list(frame.columns), "sums": [int(image.sum()) for image in frame["image"]]}


for line in sys.stdin:
    try:
        answered = answer(json.loads(line))
    except credence.CredenceError as error:
        answered = {"code": error.code, "reason": error.reason}
    print(json.dumps(answered, default=plain), flush=True)
