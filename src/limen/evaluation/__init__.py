"""How well and how fast the shipped path recognises.

In: photos and a list of pairs, or one frame. Out: accuracy, error rates with their intervals, times, memory. Measures
the engine that doors use, never a copy of it. May import the stages, ``limen.engine``, the store and NumPy; never
door, web, locks or cli.
"""
