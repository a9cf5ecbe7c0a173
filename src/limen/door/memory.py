"""What a long-running process with many threads must tell its allocator."""

import ctypes
import sys
from contextlib import suppress

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3
"""Source: glibc, malloc.h; mallopt(3)."""
_ARENAS, _LARGE = 4, 4 * 1024 * 1024


def give_large_memory_back() -> None:
    """See that large pieces of memory go back to the system as soon as they are freed.

    A PIN is hashed in 19 MiB. glibc would keep them in an arena for each of the threads that serve requests, which
    makes three quarters of a gigabyte in the end. Elsewhere than with glibc nothing is done, and nothing need be.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_ARENA_MAX, _ARENAS)
        mallopt(_MMAP_THRESHOLD, _LARGE)
