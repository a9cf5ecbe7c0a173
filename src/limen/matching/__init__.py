"""Who a face belongs to.

In: an embedding and a gallery of templates, a wanted error rate, a calibration. Out: a match with its similarity,
threshold and margin, or ``unknown``, or ``ambiguous``; of faces without names, which show one person. May import NumPy,
scikit-learn (late) and ``limen.models``; no other stage.
"""
