"""Starts a command, waits for it, and prints what it cost: seconds, peak memory in kilobytes, exit code.

A script that ``process`` runs by itself, with nothing but the standard library: Linux counts into the peak memory of a
process that of whoever started it, so a process can be measured only by a starter that is small.
"""

import json
import os
import sys
import time


def main(command: list[str]) -> None:
    """Run ``command``, whose standard output goes nowhere."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    start_s = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start_s
    sys.stdout.write(json.dumps([seconds, usage.ru_maxrss, os.waitstatus_to_exitcode(status)]))


if __name__ == "__main__":
    main(sys.argv[1:])
