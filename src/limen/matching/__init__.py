"""Who a face belongs to.

In: an embedding and a gallery of templates. Out: a match with its similarity, threshold and margin, or ``unknown``, or
``ambiguous``. May import NumPy and ``limen.models``; no other stage.
"""
