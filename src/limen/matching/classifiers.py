"""Classifiers that say which of a few people a face is: the second opinion of a search.

A classifier must answer, also about a stranger. So it is asked about the people most alike alone, and whom it names is
matched only where that person's nearest template reaches the calibrated threshold and leads everybody else's by the
margin: a classifier can take a match away, and never give one that the nearest template does not.

They learn from the templates when they are asked, in about a millisecond, however many people there are (Zhang et al.,
SVM-KNN, 2006). Nothing of them is written to disk: nothing is stale when people change, and nothing outlives a person.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from limen.matching.base import Method

SHORTLIST = 10
"""So many people most like the probe are told apart; the right one is hardly ever further down."""
_NEIGHBOURS = 3
_PENALTY = 10.0
"""The C of the support vector machine, for templates that lie at a distance of one from their centre on average."""

Rows = NDArray[np.float32]
Labels = NDArray[np.intp]
Classifier = Callable[[Rows, Rows, Labels], int]
"""From a probe (n,), templates (m, n) and whose each is (m,), at least two people, to one of these people."""


def knn(probe: Rows, rows: Rows, labels: Labels) -> int:
    """Whom the three templates nearest to the probe vote for, the nearer with more weight."""
    # Late: scikit-learn takes a second to import, and only these methods need it.
    from sklearn.neighbors import KNeighborsClassifier

    neighbours = min(_NEIGHBOURS, len(rows))
    # A tree, for scikit-learn's brute force starts threads, which take longer than these few rows.
    votes = KNeighborsClassifier(neighbours, weights="distance", algorithm="kd_tree")
    # As text: of many different numbers scikit-learn warns that they might be measurements, and no labels.
    return int(votes.fit(rows, labels.astype(str)).predict(probe[None])[0])


def svm(probe: Rows, rows: Rows, labels: Labels) -> int:
    """On whose side of the planes between each two people the probe lies most often."""
    from sklearn.svm import SVC

    centre = rows.mean(axis=0)
    centred = rows - centre
    scale = np.sqrt((centred**2).sum(axis=1).mean()) or 1.0
    machine = SVC(C=_PENALTY, kernel="linear").fit(centred / scale, labels)
    return int(machine.predict((probe[None] - centre) / scale)[0])


CLASSIFIERS: Mapping[Method, Classifier] = {Method.KNN: knn, Method.SVM: svm}
