"""Flower's SecAgg+ (flwr 1.32.1), its own workflow and mod with nothing between them but a copy: processor time of a client and of the server, as
a line of JSON. For bench/federate.ts: arguments are clients, numbers, drop-outs, members of a committee and its threshold."""

import copy
import json
import logging
import statistics
import sys
import time

import numpy as np
from flwr.app import ArrayRecord, ConfigRecord, Context, Error, Message, RecordDict
from flwr.client.mod import secaggplus_mod
from flwr.common import Code, FitRes, Status, ndarrays_to_parameters
from flwr.compat.common import recorddict_compat as compat
from flwr.server import ServerConfig
from flwr.server.client_manager import SimpleClientManager
from flwr.server.client_proxy import ClientProxy
from flwr.server.compat.legacy_context import LegacyContext
from flwr.server.strategy import FedAvg
from flwr.server.workflow.constant import MAIN_CONFIGS_RECORD, MAIN_PARAMS_RECORD, Key
from flwr.server.workflow.secure_aggregation.secaggplus_workflow import SecAggPlusWorkflow

logging.getLogger("flwr").setLevel(logging.CRITICAL)
clients, numbers, dropouts, shares, threshold = map(int, sys.argv[1:6])
update = [np.sin(np.arange(numbers)).astype(np.float32)]
spent = {}


class Node(ClientProxy):
    def get_properties(self, *_):
        raise NotImplementedError

    get_parameters = fit = evaluate = reconnect = get_properties


def train(message, context):
    result = FitRes(Status(Code.OK, ""), ndarrays_to_parameters(update), 1, {})
    return Message(compat.fitres_to_recorddict(result, False), reply_to=message)


class Grid:
    """Hands each message to its client in this process. What clients take is not the server's."""

    def __init__(self):
        self.contexts, self.calls, self.taken = {}, 0, 0.0

    def send_and_receive(self, messages, timeout=None):
        self.calls += 1
        start = time.process_time()
        replies = [self.ask(message) for message in messages]
        self.taken += time.process_time() - start
        return replies

    def ask(self, message):
        node = message.metadata.dst_node_id
        if self.calls == 3 and node <= dropouts:
            return Message(Error(code=1, reason="gone"), reply_to=message)
        context = self.contexts.setdefault(
            node, Context(run_id=1, node_id=node, node_config={}, state=RecordDict(), run_config={})
        )
        given = copy.deepcopy(message)
        start = time.process_time()
        reply = secaggplus_mod(given, context, train)
        spent[node] = spent.get(node, 0.0) + time.process_time() - start
        return reply


manager = SimpleClientManager()
for node in range(1, clients + 1):
    proxy = Node(str(node))
    proxy.node_id = node
    manager.register(proxy)
strategy = FedAvg(fraction_fit=1.0, min_fit_clients=clients, min_available_clients=clients)
context = LegacyContext(
    context=Context(run_id=1, node_id=0, node_config={}, state=RecordDict(), run_config={}),
    config=ServerConfig(num_rounds=1), strategy=strategy, client_manager=manager,
)
parameters = ndarrays_to_parameters([np.zeros(numbers, np.float32)])
context.state.array_records[MAIN_PARAMS_RECORD] = compat.parameters_to_arrayrecord(parameters, True)
context.state.config_records[MAIN_CONFIGS_RECORD] = ConfigRecord({Key.CURRENT_ROUND: 1})
grid = Grid()
start = time.process_time()
SecAggPlusWorkflow(shares, threshold, max_weight=1.0)(grid, context)
whole = time.process_time() - start
mean = compat.arrayrecord_to_parameters(context.state.array_records[MAIN_PARAMS_RECORD], True)
from flwr.common import parameters_to_ndarrays  # noqa: E402

off = float(np.abs(parameters_to_ndarrays(mean)[0] - update[0]).max())
kept = [seconds for node, seconds in spent.items() if node > dropouts]
print(json.dumps({"client": 1000 * statistics.median(kept), "server": 1000 * (whole - grid.taken), "off": off}))
