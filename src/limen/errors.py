"""Every error Limen raises on purpose.

    LimenError                              exit code of the command line
    ├── BadDataError       (ValueError)     65  what was given cannot be used
    │   ├── ImageError                          not an image, broken, too large
    │   ├── PhotoRefusedError                   an image, but not one to enrol or compare from
    │   ├── ModelError                          a model file, catalogue or import that cannot be trusted
    │   ├── TemplateError                       templates of another model, or that cannot be decrypted
    │   ├── AuditError                          a record that was altered, removed or reordered
    │   └── DatabaseVersionError                a database that this version cannot read
    ├── NoInputError       (FileNotFoundError) 66  nothing there, or it cannot be read
    │   ├── UnknownPersonError                  nobody of that name
    │   └── UnknownNameError                    no group, door, schedule, rule, card of that name
    ├── UnavailableError   (OSError)        69  something outside does not answer
    │   ├── CameraError
    │   ├── LockError
    │   ├── ReaderError
    │   ├── StoreError
    │   └── DownloadError
    └── ConfigError        (ValueError)     78  settings that contradict or do not exist

Messages say what was given, what was expected and what to do.
"""

from typing import ClassVar


class LimenError(Exception):
    """The root: catch it to catch all that Limen raises on purpose."""

    exit_code: ClassVar[int] = 1


class BadDataError(LimenError, ValueError):
    """Input that was read but cannot be used."""

    exit_code = 65


class ImageError(BadDataError):
    """A file that is not an image, is broken, or is larger than allowed."""


class PhotoRefusedError(BadDataError):
    """An image that must not become a template or a probe: no face, several faces, poor quality."""


class ModelError(BadDataError):
    """A model file, catalogue or import that cannot be trusted or does not fit its entry."""


class TemplateError(BadDataError):
    """Templates of another model or preprocessing, or that the key does not decrypt."""


class AuditError(BadDataError):
    """A record that was altered, removed or reordered."""


class DatabaseVersionError(BadDataError):
    """A database made by a version that this one cannot read."""


class NoInputError(LimenError, FileNotFoundError):
    """A file or folder that is absent, empty or unreadable."""

    exit_code = 66


class UnknownPersonError(NoInputError):
    """Nobody of that name is enrolled."""


class UnknownNameError(NoInputError):
    """No group, door, schedule, rule or card of that name."""


class UnavailableError(LimenError, OSError):
    """Something outside the program does not answer or refuses."""

    exit_code = 69


class CameraError(UnavailableError):
    """A camera or video that cannot be opened or no longer delivers."""


class LockError(UnavailableError):
    """A lock that cannot be commanded or does not report back."""


class ReaderError(UnavailableError):
    """A reader of cards or PINs that is not there or no longer answers."""


class StoreError(UnavailableError):
    """A database or data folder that cannot be opened or written."""


class DownloadError(UnavailableError):
    """A model file that no mirror delivered."""


class ConfigError(LimenError, ValueError):
    """Settings that contradict each other or do not exist."""

    exit_code = 78
