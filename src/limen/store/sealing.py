"""Encryption of what identifies a face: AES-256-GCM, each piece bound to the row that it belongs to."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from limen.errors import TemplateError

_NONCE_BYTES = 12


class Sealer:
    """Encrypts and decrypts with one key.

    ``row`` names the place of the content, as in ``template:<id>``. It is authenticated and not stored: what
    is moved to another row does not open there.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = AESGCM(key)

    def derived(self, info: str) -> bytes:
        """Another key of 32 bytes, one for each ``info``, that only this key leads to.

        Source: HKDF with SHA-256, RFC 5869.
        """
        return HKDF(SHA256(), length=32, salt=None, info=info.encode()).derive(self._key)

    def seal(self, content: bytes, row: str) -> bytes:
        """A random nonce of 96 bits, and behind it the encrypted ``content`` with its tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, row.encode())

    def open(self, sealed: bytes, row: str) -> bytes:
        """What was sealed for ``row``.

        Raises:
            TemplateError: the bytes were altered, belong to another row or were sealed with another key.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], row.encode())
        except (InvalidTag, ValueError, TypeError) as error:
            raise TemplateError(
                f"{row} cannot be decrypted: it was altered, moved or encrypted with another key; "
                "restore a backup, or delete the person and enrol again"
            ) from error


def template_row(identifier: str, person: str, model: str) -> str:
    """The name that a template is sealed for: what is given to another person does not open either."""
    return f"template:{identifier} of {person} by {model}"


def photo_row(identifier: str) -> str:
    """The name that a kept photo is sealed for."""
    return f"photo:{identifier}"
