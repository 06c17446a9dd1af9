"""A Flower app through Credence: its clients train as before and send their updates to our aggregator, masked; Flower sees none of them.

    app = ClientApp(mods=[credence_mod(url, name, identity, aggregator, peers, session)])
    strategy = CredenceStrategy(...)  # FedAvg's options

Needs flwr (tested with 1.32.1), which nothing else here does.
"""

import hashlib
from collections.abc import Iterable

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, Message
from flwr.serverapp.strategy import FedAvg

from .client import Peers
from .http import fetch_model, take_part
from .wire import Fault

RECORD = "credence"


def credence_mod(
    url: str, name: str, identity: bytes, aggregator: bytes, peers: Peers, session: bytes, arrays="arrays", tls=None, **options
):
    """A mod for `ClientApp(mods=[…])`: a training message becomes one masked round. The app trains on the model that the round's terms name;
    its reply has the model that the round made in place of its own, and what became of the round. `options` are those of `take_part`.

    Raises `Fault` and `OSError` as `take_part` does, which Flower reports as a failed reply.
    """

    def mod(message, context, call_next):
        if message.metadata.message_type.split(".")[0] != "train":
            return call_next(message, context)
        like = message.content[arrays]
        reply = None

        def train(model, _terms):
            nonlocal reply
            message.content[arrays] = unflatten(model, like)
            reply = call_next(message, context)
            if reply.has_error():
                raise Fault("bad_update", "the app did not train")
            return flatten(reply.content[arrays]) - flatten(unflatten(model, like))

        after = context.state[RECORD]["round"] if RECORD in context.state else 0
        def remember(number):
            context.state[RECORD] = ConfigRecord({"round": number})

        number, outcome = take_part(url, name, identity, aggregator, peers, session, after, train, tls=tls, remember=remember, **options)
        if reply is None or outcome is None:
            raise Fault("left_out", f"round {number} ended without this client")
        model = fetch_model(url, name, identity, tls=tls)
        if hashlib.sha256(model.tobytes()).hexdigest() != outcome["model"]:
            raise Fault("other_model", f"the model is not the one after round {number}")
        reply.content[arrays] = unflatten(model, like)
        reply.content[RECORD] = ConfigRecord({"round": number, "state": outcome["state"], "model": outcome["model"]})
        return reply

    return mod


class CredenceStrategy(FedAvg):
    """FedAvg whose next model is the one that Credence's round made: all replies have it, or the round of Flower fails."""

    def aggregate_train(self, server_round: int, replies: Iterable[Message]):
        replies = list(replies)
        whole = [reply.content for reply in replies if not reply.has_error()]
        made = {content[RECORD]["model"] if RECORD in content else None for content in whole}
        if len(made) > 1 or None in made:
            raise Fault("other_model", f"replies of round {server_round} are not of one of Credence's rounds")
        arrays, metrics = super().aggregate_train(server_round, replies)
        # all have the same: a mean of them would only round it
        return (whole[0][self.arrayrecord_key] if whole else arrays), metrics


def flatten(record: ArrayRecord) -> np.ndarray:
    """All numbers of a model, one after the other, in double precision."""
    return np.concatenate([np.asarray(array.numpy(), np.float64).ravel() for array in record.values()])


def unflatten(numbers: np.ndarray, like: ArrayRecord) -> ArrayRecord:
    """The same numbers in arrays of the names, shapes and types of another model. Raises `Fault` where they are too few or too many."""
    arrays, at = {}, 0
    for key, array in like.items():
        size = int(np.prod(array.shape, dtype=np.int64))
        arrays[key] = Array(numbers[at : at + size].reshape(array.shape).astype(array.dtype))
        at += size
    if at != len(numbers):
        raise Fault("wrong_size", f"a model of {len(numbers)} numbers for an app whose model has {at}")
    return ArrayRecord(arrays)
