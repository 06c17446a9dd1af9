"""Writes the data sets that no detector was developed on, one JSON file each.

Usage: untouched.py FOLDER STDLIB
STDLIB is the folder that @stdlib's data sets are installed in. Everything is computed here, without a download.
"""

import ast
import csv
import importlib
import json
import pathlib
import pkgutil
import re
import sys

import numpy as np
import scipy.stats
import sklearn
import statsmodels
from statsmodels import datasets
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

OUT, STDLIB = map(pathlib.Path, sys.argv[1:3])
COORDINATES, SENTENCES = 50, 1200


def write(name, kind, label, columns, rows):
    """Rows are lists in the order of the columns, the label last."""
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps({"kind": kind, "label": label, "columns": columns, "rows": rows}))
    print(name, len(rows))


def numbers(names):
    return {str(name): "number" for name in names}


def frame(name, data, label, labels, categories=()):
    """A table of a pandas frame; the columns that the labels come from must be left out of it."""
    columns = {c: "category" if c in categories else "number" for c in data.columns}
    values = data.astype(object).where(data.notna(), None).values.tolist()
    write(name, "table", label, columns, [[*row, said] for row, said in zip(values, labels)])


def digits():
    data = load_digits()
    rows = [[*map(int, image), str(label)] for image, label in zip(data.data, data.target)]
    write("digits", "image", "digit", numbers(range(64)), rows)


def breast_cancer():
    data = load_breast_cancer()
    rows = [[*map(float, row), str(data.target_names[label])] for row, label in zip(data.data, data.target)]
    write("breast-cancer", "table", "diagnosis", numbers(data.feature_names), rows)


def surveys():
    votes = datasets.anes96.load_pandas().data
    frame("votes", votes.drop(columns=["vote", "logpopul"]), "vote", np.where(votes.vote == 1, "Dole", "Clinton"))
    affairs = datasets.fair.load_pandas().data
    frame("affairs", affairs.drop(columns=["affairs"]), "affair", np.where(affairs.affairs > 0, "yes", "no"),
          ("occupation", "occupation_husb"))
    visits = datasets.randhie.load_pandas().data
    frame("visits", visits.drop(columns=["mdvis"]), "visits", np.where(visits.mdvis > 3, "many", "few"))


def tables():
    """Every other table of statsmodels and scikit-learn, as it is, for clean windows without labels."""
    (OUT / "tables").mkdir(parents=True, exist_ok=True)
    for module in pkgutil.iter_modules(datasets.__path__):
        if module.name in ("tests", "utils", "template_data"):
            continue
        data = importlib.import_module(f"statsmodels.datasets.{module.name}").load_pandas().data
        if len(data) >= 50 and data.shape[1] >= 2:
            data.to_csv(OUT / "tables" / f"statsmodels-{module.name}.csv", index=False)
    for name, load in (("wine", load_wine), ("diabetes", load_diabetes), ("breast-cancer", load_breast_cancer)):
        data = load(as_frame=True).frame.drop(columns="target")
        data.to_csv(OUT / "tables" / f"sklearn-{name}.csv", index=False)


def read(name):
    with open(STDLIB / f"datasets-{name}" / "data" / "data.csv", newline="") as file:
        return list(csv.DictReader(file))


def wages():
    rows = read("berndt-cps-wages-1985")
    own = {"education": "number", "south": "number", "gender": "category", "experience": "number", "union": "number",
           "wage": "number", "age": "number", "race": "category", "sector": "category", "married": "number"}
    write("wages", "table", "occupation", own, [[*(row[c] for c in own), row["occupation"]] for row in rows])


def houses():
    rows = read("harrison-boston-house-prices")
    own = numbers(c for c in rows[0] if c != "medv")
    middle = np.median([float(row["medv"]) for row in rows])
    write("houses", "table", "price", own,
          [[*(float(row[c]) for c in own), "dear" if float(row["medv"]) > middle else "cheap"] for row in rows])


def gaussians(error, seed, n=8000, width=8):
    """Two classes of correlated normal columns with the same covariance, apart so far that the best rule errs that often."""
    random = np.random.default_rng(seed)
    distance = -2 * scipy.stats.norm.ppf(error)
    mix = random.normal(size=(width, width)) / np.sqrt(width) + np.eye(width)
    way = random.normal(size=width)
    way *= distance / np.linalg.norm(way)
    of = random.integers(2, size=n)
    x = (random.normal(size=(n, width)) + np.outer(of - 0.5, way)) @ mix
    rows = [[*(round(float(v), 3) for v in row), "ab"[label]] for row, label in zip(x, of)]
    write(f"gaussians-{round(100 * error)}", "table", "class", numbers(f"column {k}" for k in range(width)), rows)


def sentences():
    """First sentences of the docstrings of five packages, as latent semantic indices of their words; the package is the label."""
    import pandas

    packages = [np, scipy, sklearn, statsmodels, pandas]
    texts, of = [], []
    for package in packages:
        own = {}
        for path in sorted(pathlib.Path(package.__file__).parent.rglob("*.py")):
            if "test" not in path.as_posix():
                own.update(dict.fromkeys(spoken(path)))
        chosen = np.random.default_rng(0).permutation(list(own))[:SENTENCES]
        texts += chosen.tolist()
        of += [package.__name__] * len(chosen)
    words = TfidfVectorizer(min_df=2, ngram_range=(1, 2), sublinear_tf=True).fit_transform(texts)
    vectors = normalize(TruncatedSVD(COORDINATES, random_state=0).fit_transform(words))
    rows = [[*(round(float(v), 5) for v in row), label] for row, label in zip(vectors, of) if row.any()]
    write("sentences", "vector", "package", numbers(range(COORDINATES)), rows)


def spoken(path):
    for node in ast.walk(ast.parse(path.read_text("utf8", "ignore"))):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            text = re.split(r"\n\s*\n|\.\s", ast.get_docstring(node) or "")[0]
            text = " ".join(text.split())
            if 5 <= len(text.split()) <= 40:
                yield text


digits()
breast_cancer()
surveys()
wages()
houses()
for seed, error in enumerate((0.05, 0.15, 0.25)):
    gaussians(error, seed)
sentences()
tables()
