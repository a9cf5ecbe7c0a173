"""Hashes of what people know, checked at the same cost whether it is right, wrong, nobody's, or its hash is broken."""

from base64 import b64encode
from contextlib import suppress

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError


class SecretHasher:
    """Argon2id, with hashes in the PHC format; one that costs over ``dearest`` times its own is taken as broken."""

    def __init__(self, argon2: PasswordHasher, dearest: int = 1) -> None:
        self._argon2, self._dearest = argon2, dearest
        self._nobodys = _nobodys_hash(argon2)

    def hash(self, secret: str) -> str:
        """The hash of ``secret`` with a salt of its own."""
        return self._argon2.hash(secret)

    def fits(self, secret: str, kept_hash: str | None) -> bool:
        """Whether ``kept_hash`` was made of ``secret``; ``None`` takes the same work, and fits nothing."""
        if kept_hash is not None and self._affordable(kept_hash):
            try:
                return self._argon2.verify(kept_hash, secret)
            except VerifyMismatchError:
                return False
            except (InvalidHashError, VerificationError):
                pass  # broken, which was found without the work: the work is done below
        with suppress(VerificationError):
            self._argon2.verify(self._nobodys, secret)
        return False

    def needs_rehash(self, kept_hash: str) -> bool:
        """Whether a hash was made at another cost, and is to be made anew while the right secret is at hand."""
        try:
            return self._argon2.check_needs_rehash(kept_hash)
        except InvalidHashError:
            return True

    def _affordable(self, kept_hash: str) -> bool:
        """A hash that would cost far more than this hasher's own was not made by it, and could take all memory."""
        try:
            cost = extract_parameters(kept_hash)
        except ValueError:
            return False
        own, times = self._argon2, self._dearest
        return (
            kept_hash.isascii()
            and cost.type is own.type
            and cost.memory_cost <= times * own.memory_cost
            and cost.time_cost <= times * own.time_cost
            and cost.parallelism <= times * own.parallelism
        )


def _nobodys_hash(argon2: PasswordHasher) -> str:
    """What no secret leads to, at the cost of all others; made without paying it, for a start is to be quick."""
    cost = f"m={argon2.memory_cost},t={argon2.time_cost},p={argon2.parallelism}"
    salt, hashed = (b64encode(bytes(n)).rstrip(b"=").decode() for n in (argon2.salt_len, argon2.hash_len))
    return f"$argon2id$v=19${cost}${salt}${hashed}"
