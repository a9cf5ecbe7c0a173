"""What opens the door.

In: a command to open for a bounded time. Out: a state that was read back. A lock starts locked and never falls back to
another driver. A driver may import its own library inside its own file.
"""
