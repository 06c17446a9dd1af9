"""What public tools, at their defaults, make of prompts and responses without labels: one JSON line a tool.

Usage: peers.py pairs.json
The file holds `pairs` (prompt, response, text), `poisoned` and `neutral` to measure by, and `ours`, measured alike.
"""

import json
import logging
import math
import os
import re
import sys
import time
import warnings
from collections import Counter

os.environ.setdefault("TQDM_DISABLE", "1")
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

WORD = re.compile(r"\w+|[^\w\s]")


def report(tool, seconds, scores, flags, counted, poisoned):
    """TPR where at most one in a thousand innocents scores as high."""
    ranking = flags.astype(float) if scores is None else np.asarray(scores, dtype=float)
    innocent = ranking[counted & ~poisoned]
    guilty = counted & poisoned
    threshold = np.sort(innocent)[::-1][int(0.001 * len(innocent))]
    line = {"tool": tool, "seconds": seconds}
    line["tpr"] = float((ranking[guilty] > threshold).mean()) if guilty.any() else None
    line["held"] = float(flags[guilty].mean()) if flags is not None and guilty.any() else None
    line["innocents"] = float(flags[counted & ~poisoned].mean()) if flags is not None else None
    print(json.dumps(line))


def embedded(texts):
    vectors = TfidfVectorizer(min_df=2, max_features=20000).fit_transform(texts)
    return TruncatedSVD(64, random_state=0).fit_transform(vectors)


def rftc(pairs):
    """The second stage of RFTC (Chen et al. 2025) on all responses: TF-IDF, k-means, and the more compact cluster is poison."""
    vectors = TfidfVectorizer(max_features=20000).fit_transform([pair["response"] for pair in pairs])
    means = KMeans(2, n_init=3, random_state=0).fit(vectors)
    distance = np.sqrt(np.maximum(0, means.transform(vectors) ** 2))
    spread = [distance[means.labels_ == k, k].mean() for k in (0, 1)]
    compact = int(np.argmin(spread))
    return -distance[:, compact], means.labels_ == compact


def onion(pairs):
    """ONION (Qi et al. 2021): how much less surprising a prompt becomes without one word, by a bigram model of the set."""
    prompts = [["^"] + WORD.findall(pair["prompt"].lower())[:300] + ["$"] for pair in pairs]
    single, double = Counter(), Counter()
    for words in prompts:
        single.update(words)
        double.update(zip(words, words[1:]))
    total = sum(single.values())

    def surprise(a, b):
        return -math.log(0.7 * double[a, b] / single[a] + 0.3 * single[b] / total)

    scores = np.zeros(len(prompts))
    for i, words in enumerate(prompts):
        own = [surprise(a, b) for a, b in zip(words, words[1:])]
        for k in range(1, len(words) - 1):
            if len(words) > 3:
                before = sum(own) / len(own)
                without = (sum(own) - own[k - 1] - own[k] + surprise(words[k - 1], words[k + 1])) / (len(own) - 1)
                scores[i] = max(scores[i], before - without)
    return scores, scores > np.quantile(scores, 0.99)


def datalab(pairs):
    from cleanlab import Datalab

    lab = Datalab({"i": np.arange(len(pairs))}, verbosity=0)
    lab.find_issues(features=embedded([pair["text"] for pair in pairs]))
    issues = lab.get_issues()
    kinds = [kind for kind in ("outlier", "near_duplicate") if f"is_{kind}_issue" in issues]
    flags = issues[[f"is_{kind}_issue" for kind in kinds]].any(axis=1).to_numpy()
    return -issues[[f"{kind}_score" for kind in kinds]].min(axis=1).to_numpy(), flags


def pyod(name):
    def run(pairs):
        from importlib import import_module

        model = getattr(import_module(f"pyod.models.{name.lower()}"), name)(contamination=0.01)
        model.fit(embedded([pair["text"] for pair in pairs]))
        return model.decision_scores_, model.labels_ == 1

    return run


def exact(pairs):
    counts = Counter(pair["text"] for pair in pairs)
    return None, np.array([counts[pair["text"]] > 1 for pair in pairs])


def minhash(pairs):
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=0.8, num_perm=64)
    sketches = []
    for i, pair in enumerate(pairs):
        words = WORD.findall(pair["text"].lower())
        sketch = MinHash(num_perm=64)
        sketch.update_batch([" ".join(words[k : k + 3]).encode() for k in range(max(1, len(words) - 2))])
        sketches.append(sketch)
        index.insert(str(i), sketch)
    return None, np.array([len(index.query(sketch)) > 1 for sketch in sketches])


TOOLS = {
    "RFTC, second stage": rftc,
    "ONION's rule, bigram model of the set": onion,
    "cleanlab Datalab on TF-IDF, 64 axes": datalab,
    "PyOD ECOD on the same": pyod("ECOD"),
    "PyOD isolation forest on the same": pyod("IForest"),
    "exact duplicates": exact,
    "MinHash duplicates (datasketch, .8)": minhash,
}


def main():
    with open(sys.argv[1]) as file:
        given = json.load(file)
    counted = np.array(given["neutral"]) == 0
    poisoned = np.array(given["poisoned"]) == 1
    ours = given["ours"]
    report(ours["tool"], ours["seconds"], ours["scores"], np.array(ours["flags"]), counted, poisoned)
    for tool, run in TOOLS.items():
        started = time.perf_counter()
        try:
            scores, flags = run(given["pairs"])
        except Exception as error:  # a peer that fails is a result, not a failure of the bench
            print(json.dumps({"tool": tool, "error": f"{type(error).__name__}: {error}"[:200]}))
            continue
        report(tool, time.perf_counter() - started, scores, flags, counted, poisoned)


main()
