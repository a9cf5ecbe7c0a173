"""How well and how fast the shipped path recognises.

In: photos of known people, a list of pairs, or one frame. Out: error rates with their counts and intervals,
calibrations, pictures and reports, times, memory. Measures the engine that doors use, never a copy of it. May import
the stages, ``limen.engine``, the store and NumPy, and late SciPy, scikit-learn, Matplotlib and Jinja; never door, web,
locks or cli.
"""
