"""Answers every request of round.json, sketched.json or noised.json with the Python client: one JSON object on stdout. Run by round.test.ts."""

import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

sys.path.insert(0, str(Path(__file__).parents[3] / "clients" / "python"))

from credence_federate import Client, Fault  # noqa: E402
from credence_federate.secrets import Ring, key_stream  # noqa: E402

golden = json.loads((Path(__file__).parent / f"{sys.argv[1]}.json").read_text())


def seeded(seed):
    drawn = 0

    def random(length):
        nonlocal drawn
        key = HKDF(SHA256(), 32, b"seeded bytes", str(drawn).encode()).derive(seed.encode())
        drawn += 1
        return key_stream(key, length)

    return random


peers = {c["name"]: bytes.fromhex(c["publicKey"]) for c in golden["clients"]}
about = {c["name"]: c for c in golden["clients"]}


def client(name):
    c = about[name]
    session = bytes.fromhex(golden["session"])
    key, aggregator = bytes.fromhex(c["secret"]), bytes.fromhex(golden["aggregator"])
    return Client(name, key, aggregator, peers, session, golden["round"], seeded(c["random"]), sketch=8)


def ask(who, stage, request):
    c = about[who.name]
    if stage == "mask":
        return who.mask(request, c["update"], c["weight"])
    return getattr(who, stage)(request)


clients = {name: client(name) for name in about}
answers = []
for e in golden["exchanges"]:
    silent = e["answer"] is None
    answers.append(None if silent else ask(clients[e["client"]], e["stage"], bytes.fromhex(e["request"])).hex())

faults = []
for f in golden["faults"]:
    who = client(f["client"])
    for e in golden["exchanges"]:
        if e["client"] != who.name or (e["stage"] == f["stage"] and f["fault"] != "answered_twice"):
            if e["client"] == who.name:
                break
            continue
        ask(who, e["stage"], bytes.fromhex(e["request"]))
        if e["stage"] == f["stage"]:
            break
    try:
        ask(who, f["stage"], bytes.fromhex(f["request"]))
        faults.append(None)
    except Fault as fault:
        faults.append(fault.reason)

rings = [Ring(size, bytes(32)) for size in (20, 40, 60, 200)]
near = [[ring.committee(3), ring.seats(3), ring.neighbours(3), ring.within(3)] for ring in rings]
print(json.dumps({"answers": answers, "faults": faults, "near": near}))
