"""What a receiver of webhooks can tell by the signature."""

from datetime import UTC, datetime, timedelta

import pytest

from limen.locks.webhook import sign, verify_signature

SECRET = "not a secret of anybody"
BODY = b'{"action": "unlock", "issued_at": "2026-03-01T12:00:00.123Z"}'
SIGNED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIMESTAMP = str(int(SIGNED_AT.timestamp()))


def verified(
    body: bytes = BODY,
    timestamp: str = TIMESTAMP,
    signature: str | None = None,
    secret: str = SECRET,
    late_s: float = 0,
) -> bool:
    signature = sign(BODY, TIMESTAMP, SECRET) if signature is None else signature
    return verify_signature(body, timestamp, signature, secret, SIGNED_AT + timedelta(seconds=late_s), tolerance_s=5)


def test_what_was_signed_is_genuine() -> None:
    assert verified()


def test_the_signature_is_the_one_that_others_compute() -> None:
    # printf '1772366400.{}' | openssl dgst -sha256 -hmac 'not a secret of anybody'
    expected = "sha256=ab93c4b11699d9a0fc237dc112a264fb99d8c5c18cc0e55702816faa9001a454"
    assert sign(b"{}", "1772366400", SECRET) == expected


@pytest.mark.parametrize("late_s", [-4.9, 4.9])
def test_clocks_may_differ_by_less_than_the_tolerance(late_s: float) -> None:
    assert verified(late_s=late_s)


@pytest.mark.parametrize("late_s", [-3600, -5, 5, 3600])
def test_what_is_sent_again_later_is_refused(late_s: float) -> None:
    assert not verified(late_s=late_s)


def test_another_body_is_refused() -> None:
    assert not verified(body=BODY.replace(b"2026", b"2027"))


def test_another_time_is_refused() -> None:
    assert not verified(timestamp=str(int(TIMESTAMP) + 1))


def test_another_secret_is_refused() -> None:
    assert not verified(secret=SECRET + "!")


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=ä", "sha1=0", sign(BODY, TIMESTAMP, SECRET)[:-1]])
def test_another_signature_is_refused(signature: str) -> None:
    assert not verified(signature=signature)


def test_a_timestamp_that_ate_the_beginning_of_the_body_is_refused() -> None:
    whole = TIMESTAMP.encode() + b"." + BODY
    timestamp, body = whole.rsplit(b".", 1)
    assert sign(body, timestamp.decode(), SECRET) == sign(BODY, TIMESTAMP, SECRET)
    assert not verified(body=body, timestamp=timestamp.decode())


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "²", "1e9", "9" * 400])
def test_what_is_no_time_is_refused_whoever_signed_it(timestamp: str) -> None:
    assert not verified(timestamp=timestamp, signature=sign(BODY, timestamp, SECRET))
