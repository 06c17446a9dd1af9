"""An owner who trains with scikit-learn: logistic regression, one pass over the digits a round."""

import numpy as np
from owner import run
from sklearn.linear_model import SGDClassifier


def train(model, pixels, labels):
    classifier = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=0.02, random_state=0)
    classifier.partial_fit(pixels[:1], labels[:1], np.arange(10))  # makes room for ten digits, of which an owner may lack some
    classifier.coef_, classifier.intercept_ = model[:-10].reshape(10, -1).copy(), model[-10:].copy()
    classifier.partial_fit(pixels, labels)
    return np.concatenate([classifier.coef_.ravel(), classifier.intercept_])


run(train)
