"""Rounds over a connection: calls an aggregator, waits for the next round, takes part in it once."""

import base64
import json
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .client import Client, Peers
from .wire import REQUEST, STAGES, Fault, refuse, sha256


def take_part(
    url: str, name: str, identity: bytes, aggregator: bytes, peers: Peers, session: bytes, after: int, train, patience=600.0, tls=None, sketch=0,
    minimum=3, noise=0.0, remember=lambda number: None,
):
    """The number of the round that was taken part in, to be given as `after` the next time, and what became of it, or None.

    `train(model, terms)` returns the update; `remember(number)` keeps the number, before anything is done in the round: no round is taken part in
    twice, also where this one fails. `sketch` is the most numbers that a sketch of the update may have, `minimum` the fewest clients that a sum may be over, `noise` the least that each adds; `tls` is an
    `ssl.SSLContext`, with the client's certificate where the aggregator asks for one.
    Raises `Fault` where this client refuses or is refused, and `OSError` once it has heard nothing for `patience` seconds in a round.
    """
    call = _caller(url, name, identity, patience, tls)
    about = json.loads(call(f"/v1/round?after={after}", seconds=float("inf")))
    number = about["round"]
    other = about["session"] != session.hex() or about["mode"] != "masked" or type(number) is not int or number <= after
    refuse("wrong_round", other, "another federation than the one that was joined, or a round that was taken part in before")
    remember(number)
    client = Client(name, identity, aggregator, peers, session, number, sketch=sketch, minimum=minimum, noise=noise)

    def ask(stage: str) -> bytes | None:
        return call(f"/v1/request?round={number}&stage={stage}")

    def answer(stage: str, *given) -> bool:
        return call(f"/v1/answer?round={number}&stage={stage}", getattr(client, stage)(*given)) is not None

    for stage in STAGES:
        if stage == "explain" or (stage == "sketch" and client.terms.sketch == 0):
            continue
        request, given = ask(stage), ()
        if stage == "agree" and request is not None and request[4] == STAGES["explain"] + REQUEST:  # sketches do not add up
            request = ask(stage) if answer("explain", request) else None
        if stage == "mask" and request is not None:
            model = call("/v1/model")
            refuse("other_model", sha256(model) != client.terms.model, "the model is not the one that the terms name")
            given = (train(np.frombuffer(model, "<f8"), client.terms),)
        if request is None or not answer(stage, request, *given):
            break
    told = call(f"/v1/outcome?round={number}")
    return number, told and json.loads(told)


def fetch_model(url: str, name: str, identity: bytes, patience=600.0, tls=None) -> np.ndarray:
    """The model of now, little-endian doubles. Whose it is, its digest says: `model` of a round's outcome."""
    return np.frombuffer(_caller(url, name, identity, patience, tls)("/v1/model"), "<f8")


def _caller(url: str, name: str, identity: bytes, patience: float, tls):
    key = Ed25519PrivateKey.from_private_bytes(identity)

    def call(path: str, body: bytes | None = None, seconds: float = patience) -> bytes | None:
        """None once the round is over. An aggregator that is restarted is away for a while: it is called again."""
        last, method = time.monotonic() + seconds, "GET" if body is None else "POST"
        while True:
            at = int(time.time() * 1000)
            sig = base64.b64encode(key.sign(f"credence federate call v1\0{name}\0{method}\0{path}\0{at}".encode())).decode()
            headers = {"authorization": f"Credence name={name}, at={at}, sig={sig}"}
            error = TimeoutError("the aggregator said nothing in time")
            try:
                with urlopen(Request(url + path, body, headers, method=method), timeout=60, context=tls) as response:
                    if response.status == 200 or body is not None:
                        return response.read()
            except HTTPError as refused:
                if refused.code in (409, 410):
                    return None
                raise Fault("refused", f"the aggregator answered {refused.code}") from refused
            except OSError as failed:
                error = failed
            if time.monotonic() > last:
                raise error
            time.sleep(0.5)

    return call
