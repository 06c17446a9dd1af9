#!/usr/bin/env python3
"""Verifies the evidence beside it without Credence: python3 verify.py [SHA-256 of signing-keys.pem]

It needs Python 3.9 and the package cryptography. Say the digest of the keys as you have it from elsewhere: whoever made all of
this anew would have made keys too.
"""

import base64
import hashlib
import json
import re
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

HERE = Path(__file__).resolve().parent
REVIEW = b"application/vnd.credence.review+json"


def main(wanted):
    pem = (HERE / "signing-keys.pem").read_bytes()
    digest = hashlib.sha256(pem).hexdigest()
    print(f"signing-keys.pem: SHA-256 {digest}" + ("" if wanted else ", to be compared with what you have from elsewhere"))
    if wanted and wanted != digest:
        raise Wrong("signing-keys.pem is another than the one you have from elsewhere")
    keys = Keys(pem)
    added, heads, named, entries, signed_to = check_log(keys)
    print(f"audit.jsonl: {entries} entries, none edited, removed or reordered; signed for up to entry {signed_to}")
    decisions = check_decisions(keys, added)
    print(f"decisions.jsonl: {decisions} decisions, each signed, and in the log as it is here")
    for file in sorted((HERE / "chains").glob("*.jsonl")):
        digests = check_chain(keys, file)
        head = heads.pop(file.stem, None)
        if head and (len(digests) < head["ordinal"] or digests[head["ordinal"] - 1] != head["sha256"]):
            raise Wrong(f"chains/{file.name} lacks the link that the log's checkpoints name")
        named -= set(digests)
        print(f"chains/{file.name}: {len(digests)} links, each signed, each naming the one before")
    if heads:
        raise Wrong(f"there is no chain of {', '.join(heads)}, which the log's checkpoints name")
    if named:
        raise Wrong(f"no chain has {len(named)} of the links that the log names")


class Wrong(Exception):
    pass


class Keys:
    """In the order in which they signed, the one of now last."""

    def __init__(self, pem):
        self.order, self.keys = [], {}
        for block in re.findall(rb"-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----", pem):
            key = load_pem_public_key(block)
            keyid = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()[:32]
            self.order.append(keyid)
            self.keys[keyid] = key

    def check(self, keyid, signature, signed, what):
        try:
            self.keys[keyid].verify(base64.b64decode(signature, validate=True), signed)
        except (KeyError, ValueError, InvalidSignature):
            raise Wrong(f"{what} is not signed by a key of signing-keys.pem") from None


def check_log(keys):
    """Each entry names the hash of the one before; checkpoints sign hashes."""
    previous, at, head, checkpoints, added, heads, named = "0" * 64, 0, None, {}, {}, {}, set()
    signed_to, generation, seen, ended = 0, 0, set(), set()
    for line in lines(HERE / "audit.jsonl"):
        said = json.loads(line)
        if said["type"] == "head":
            head = said
        elif said["type"] == "checkpoint":
            checkpoints.setdefault(said["seq"], []).append((said, line))
        else:
            at += 1
            body = without(line, b',"hash":"%b"' % said["hash"].encode(), b',"type":"entry"')
            if (said["seq"], said["previous"], said["hash"]) != (at, previous, hashlib.sha256(body).hexdigest()):
                raise Wrong(f"entry {at} of audit.jsonl was edited, or one before it is missing")
            if said["action"] == "epoch.begun" and said["subject"] == "_signing" and said["detail"]["epoch"] > 1:
                ended |= seen
            for point, text in checkpoints.pop(at, []):
                check_checkpoint(keys, point, text, said["hash"])
                if point["keyid"] in ended or keys.order.index(point["keyid"]) < generation:
                    raise Wrong(f"the checkpoint at entry {at} is signed by a key whose right had ended")
                signed_to, generation = at, keys.order.index(point["keyid"])
                seen.add(point["keyid"])
                for name, link in point.get("heads", {}).items():
                    if link["ordinal"] > heads.get(name, {"ordinal": 0})["ordinal"]:
                        heads[name] = link
            if said["action"] == "review.added":
                added[said["subject"]] = said["detail"]["digest"]
            if said["action"] in ("window.committed", "review.applied") and said["detail"].get("sha256"):
                named.add(said["detail"]["sha256"])
            previous = said["hash"]
    if head is None or (head["seq"], head["hash"]) != (at, previous) or checkpoints:
        raise Wrong("audit.jsonl ends before its head")
    if signed_to == 0 or generation + 1 != len(keys.order):
        raise Wrong("audit.jsonl is not signed for by the key of now")
    return added, heads, named, at, signed_to


def check_checkpoint(keys, point, line, expected):
    if point["hash"] != expected:
        raise Wrong(f"the checkpoint at entry {point['seq']} is of another log")
    own = [b',"%b":"%b"' % (name.encode(), point[name].encode()) for name in ("keyid", "signature", "type")]
    keys.check(point["keyid"], point["signature"], without(line, *own), f"the checkpoint at entry {point['seq']}")


def check_decisions(keys, added):
    count = 0
    for line in lines(HERE / "decisions.jsonl"):
        row = json.loads(line)
        signed = row["signed"].encode()
        review = json.loads(signed)["id"]
        keys.check(row["keyid"], row["signature"], pae(REVIEW, signed), f"decision {review}")
        if added.get(review) != hashlib.sha256(without(signed, b',"id":"%b"' % review.encode())).hexdigest():
            raise Wrong(f"decision {review} is not in the log as it is here")
        count += 1
    return count


def check_chain(keys, file):
    """Each link is a DSSE envelope of an in-toto statement, which names the digest of the envelope before."""
    digests, signer = [], None
    for line in lines(file):
        envelope = base64.b64decode(json.loads(line)["envelope"])
        outer = json.loads(envelope)
        body = base64.b64decode(outer["payload"])
        where = f"link {len(digests) + 1} of chains/{file.name}"
        by = [one["keyid"] for one in outer["signatures"]]
        for one in outer["signatures"]:
            keys.check(one["keyid"], one["sig"], pae(outer["payloadType"].encode(), body), where)
        said = json.loads(body)["predicate"]
        before = digests[-1] if digests else None
        if (said["ordinal"], said["dataset"], said.get("previous", {}).get("sha256")) != (len(digests) + 1, file.stem, before):
            raise Wrong(f"{where} does not follow the link before it")
        if len(by) > (2 if said["kind"] == "rotation" else 1) or (signer not in (None, by[0])):
            raise Wrong(f"{where} is signed by a key that might not")
        signer = by[-1]
        digests.append(hashlib.sha256(envelope).hexdigest())
    if signer != keys.order[-1]:
        raise Wrong(f"chains/{file.name} does not end under the key of now")
    return digests


def pae(kind, body):
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def without(line, *parts):
    """Canonical JSON without some of its members: they stand behind all that others could have written into it."""
    for part in parts:
        at = line.rindex(part)
        line = line[:at] + line[at + len(part) :]
    return line


def lines(path):
    with path.open("rb") as file:
        for line in file:
            yield line.rstrip(b"\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else None)
    except (Wrong, ValueError, KeyError, TypeError) as error:
        sys.exit(f"NOT AS SIGNED: {error}")
    print("All of it is as it was signed.")
