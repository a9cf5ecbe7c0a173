"""What can be wrong with an installation, a file a part of it.

In: settings, the store, the machine. Out: a ``Check`` each. No check changes anything, and none moves a lock.
"""
