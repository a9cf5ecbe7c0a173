"""The command line: ``limen``.

In: arguments, files, a camera. Out: text or, with ``--json``, JSON on standard output; messages and progress on
standard error; an exit code. May import door, store and evaluation; never cv2, onnxruntime or torch.
"""

import sys

from limen.cli.root import build, needed
from limen.errors import LimenError


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        build(needed(sys.argv[1:]))()
    except LimenError as error:
        sys.stderr.write(f"limen: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
