"""Writes epsilons.json: what Google's dp-accounting 0.6.0 says of Poisson-sampled Gaussian mechanisms, for our accountant to be held against.

pip install dp-accounting==0.6.0 && python make-epsilons.py > epsilons.json
"""

import json

import dp_accounting
from dp_accounting import rdp

grid = []
for sampling in (0.001, 0.0042666666, 0.01, 0.1, 0.5, 1.0):
    for noise in (0.5, 0.8, 1.1, 2.0, 5.0):
        for steps in (1, 100, 10_000):
            accountant = rdp.RdpAccountant()
            event = dp_accounting.PoissonSampledDpEvent(sampling, dp_accounting.GaussianDpEvent(noise))
            accountant.compose(event, steps)
            for delta in (1e-5, 1e-8):
                epsilon = accountant.get_epsilon(delta)
                grid.append({"sampling": sampling, "noise": noise, "steps": steps, "delta": delta, "epsilon": epsilon})
print("[\n" + ",\n".join(json.dumps(row) for row in grid) + "\n]")
