"""Flower's own apps and strategy over real rounds, for flower.test.ts: every client a ClientApp in a thread. Configured on stdin."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

sys.path.insert(0, str(Path(__file__).parents[3] / "clients" / "python"))

from credence_federate.flower import CredenceStrategy, credence_mod, flatten, unflatten  # noqa: E402

given = json.load(sys.stdin)
keys = {name: bytes.fromhex(key) for name, key in given["peers"].items()}
aggregator, session = bytes.fromhex(given["aggregator"]), bytes.fromhex(given["session"])
seen = []


def app_of(name, about):
    identity = bytes.fromhex(about["identity"])
    app = ClientApp(mods=[credence_mod(given["url"], name, identity, aggregator, keys, session)])

    @app.train()
    def train(message, context):
        model = message.content["arrays"]
        seen.append(list(model))
        moved = unflatten(flatten(model) + np.array(about["update"]), model)
        metrics = MetricRecord({"num-examples": about["examples"]})
        return Message(RecordDict({"arrays": moved, "metrics": metrics}), reply_to=message)

    return app


def context(node):
    return Context(run_id=1, node_id=node, node_config={}, state=RecordDict(), run_config={})


strategy = CredenceStrategy()
model = ArrayRecord({"weights": Array(np.zeros((2, 3), np.float32)), "bias": Array(np.zeros(2, np.float32))})
apps = [(app_of(name, about), context(node)) for node, (name, about) in enumerate(given["clients"].items())]
rounds = []
with ThreadPoolExecutor(len(apps)) as pool:
    for number in range(1, given["rounds"] + 1):
        def ask(pair, number=number, model=model):
            app, state = pair
            content = RecordDict({"arrays": model, "config": ConfigRecord({"server-round": number})})
            return app(Message(content, dst_node_id=state.node_id, message_type="train"), state)

        replies = list(pool.map(ask, apps))
        model, _ = strategy.aggregate_train(number, replies)
        rounds.append({"model": flatten(model).tolist(), "sent": [sorted(reply.content) for reply in replies]})
try:
    forged = Message(RecordDict({"arrays": model, "metrics": MetricRecord({"num-examples": 1})}), reply_to=replies[0])
    strategy.aggregate_train(9, [replies[0], forged])
    refused = None
except Exception as error:
    refused = str(error)
print(json.dumps({"rounds": rounds, "keys": seen[0], "refused": refused}))
