"""What public tools, at their defaults, make of a window: one JSON line a tool.

Usage: peers.py window.npz
The file holds `inputs` (n, d), `activations` (n, h) of the last hidden layer, `probabilities` (n, K) out of fold,
`labels` (n) and, to measure by, `poisoned` and `neutral` (n). A tool's time is its own: activations and probabilities,
which it could not work without, are given to it. Processor seconds are those of all its threads and processes.
"""

import contextlib
import io
import json
import logging
import os
import sys
import time
import warnings

os.environ.setdefault("TQDM_DISABLE", "1")
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score, roc_curve


def processor_seconds():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measure(tool, window, run):
    """Runs a tool that returns (scores or None, flags or None), higher and true meaning suspicious."""
    started, before = time.perf_counter(), processor_seconds()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            scores, flags = run()
    except Exception as error:  # a peer that fails is a result, not a failure of the bench
        print(json.dumps({"tool": tool, "error": f"{type(error).__name__}: {error}"}))
        return
    seconds, processor = time.perf_counter() - started, processor_seconds() - before
    counted = window["neutral"] == 0
    poisoned = window["poisoned"][counted] == 1
    line = {"tool": tool, "seconds": seconds, "processor": processor}
    ranking = flags.astype(float) if scores is None else scores
    if poisoned.any():
        fpr, tpr, _ = roc_curve(poisoned, ranking[counted], drop_intermediate=False)
        line["auroc"] = roc_auc_score(poisoned, ranking[counted])
        line["tprAt1"] = float(tpr[fpr <= 0.01].max())
        if flags is not None:
            line["poisonHeld"] = float(flags[counted][poisoned].mean())
    if flags is not None:
        line["innocentsHeld"] = float(flags[counted][~poisoned].mean())
    print(json.dumps(line))


def art_classifier(window):
    """The least that the toolbox asks of a classifier: its activations, ready-made."""
    from art.estimators.classification import BlackBoxClassifierNeuralNetwork

    classes = int(window["labels"].max()) + 1

    class Ready(BlackBoxClassifierNeuralNetwork):
        @property
        def layer_names(self):
            return ["hidden"]

        def get_activations(self, x, layer=0, batch_size=128, framework=False):
            return window["activations"]

    shape = window["inputs"].shape[1:]
    return Ready(lambda x: np.zeros((len(x), classes)), input_shape=shape, nb_classes=classes, clip_values=(-1e9, 1e9))


def one_hot(labels):
    return np.eye(int(labels.max()) + 1, dtype=np.float32)[labels]


def activation_defence(window):
    from art.defences.detector.poison import ActivationDefence

    defence = ActivationDefence(art_classifier(window), window["inputs"], one_hot(window["labels"]))
    _, clean = defence.detect_poison(nb_clusters=2, nb_dims=10, reduce="PCA")
    return None, np.asarray(clean) == 0


def spectral_signature(window):
    from art.defences.detector.poison import SpectralSignatureDefense

    # The toolbox splits by class on integer labels here, and reports scores of what it flags only: ranked by its own
    # function, per class, as it does inside.
    defence = SpectralSignatureDefense(art_classifier(window), window["inputs"], one_hot(window["labels"]))
    _, clean = defence.detect_poison()
    scores = np.zeros(len(clean))
    for label in np.unique(window["labels"]):
        members = window["labels"] == label
        own = SpectralSignatureDefense.spectral_signature_scores(window["activations"][members])[:, 0]
        scores[members] = own / np.median(own)
    return scores, np.asarray(clean) == 0


def cleanlab_labels(window):
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    flags = find_label_issues(window["labels"], window["probabilities"], n_jobs=1)
    return -get_label_quality_scores(window["labels"], window["probabilities"]), flags


def cleanlab_outliers(window):
    from cleanlab.outlier import OutOfDistribution

    return -OutOfDistribution().fit_score(features=window["activations"], verbose=False), None


def cleanlab_datalab(window):
    from cleanlab import Datalab

    lab = Datalab({"label": window["labels"]}, label_name="label", verbosity=0)
    lab.find_issues(features=window["activations"], pred_probs=window["probabilities"])
    issues = lab.get_issues()
    kinds = [kind for kind in ("label", "outlier", "near_duplicate") if f"is_{kind}_issue" in issues]
    flags = issues[[f"is_{kind}_issue" for kind in kinds]].any(axis=1).to_numpy()
    return -issues[[f"{kind}_score" for kind in kinds]].min(axis=1).to_numpy(), flags


def isolation_forest(window):
    forest = IsolationForest(random_state=0).fit(window["inputs"])
    return -forest.score_samples(window["inputs"]), forest.predict(window["inputs"]) == -1


def pyod(detector):
    def run(window):
        fitted = detector().fit(window["inputs"])
        return fitted.decision_scores_, fitted.labels_ == 1

    return run


def ecod():
    from pyod.models.ecod import ECOD

    return ECOD()


def local_outlier_factor():
    from pyod.models.lof import LOF

    return LOF()


def pyod_forest():
    from pyod.models.iforest import IForest

    return IForest(random_state=0)


def main():
    with np.load(sys.argv[1]) as file:
        window = {name: file[name] for name in file.files}
    window["labels"] = window["labels"].astype(int)
    # Classes that occur, renumbered from 0 as the tools expect.
    present, window["labels"] = np.unique(window["labels"], return_inverse=True)
    window["probabilities"] = window["probabilities"][:, present]
    window["probabilities"] = window["probabilities"] / window["probabilities"].sum(1, keepdims=True)
    # Once on a few records first, unmeasured: what a tool imports and compiles is not its speed.
    few = {name: array[:400] for name, array in window.items()}
    for name, run in TOOLS.items():
        with contextlib.redirect_stdout(io.StringIO()):
            measure(name, few, lambda: run(few))
    for name, run in TOOLS.items():
        measure(name, window, lambda: run(window))


TOOLS = {
    "ART ActivationDefence": activation_defence,
    "ART SpectralSignatureDefense": spectral_signature,
    "cleanlab find_label_issues": cleanlab_labels,
    "cleanlab OutOfDistribution": cleanlab_outliers,
    "cleanlab Datalab (label, outlier, near duplicate)": cleanlab_datalab,
    "scikit-learn IsolationForest": isolation_forest,
    "PyOD IForest": pyod(pyod_forest),
    "PyOD LOF": pyod(local_outlier_factor),
    "PyOD ECOD": pyod(ecod),
}

main()
