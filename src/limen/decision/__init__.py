"""May the door open.

In: what was seen of one face, a policy, the time. Out: a decision that carries its reason. Pure: no files, clocks,
threads or logs; may import the standard library alone.
"""
