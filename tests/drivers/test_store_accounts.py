"""Accounts, sessions, tokens and answers in the store."""

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limen.audit.actor import acting
from limen.audit.events import EventType
from limen.errors import BadDataError, UnknownNameError
from limen.store import Store, open_store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
HASH = "$argon2id$v=19$a"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path, environment=os.environ) as store:
        yield store


def told(store: Store, kind: EventType) -> list[tuple[str | None, str | None]]:
    return [(one.event.reason, one.event.actor) for one in store.events.oldest(100) if one.event.type is kind]


class TestUsers:
    def test_the_first(self, store: Store) -> None:
        assert not store.users.any()
        user = store.users.add("Åsa", "owner", HASH, first=True)
        assert store.users.any()
        assert store.users.find("  åSA ") == user == store.users.get(user.id)
        with pytest.raises(BadDataError, match="there is an account already"):
            store.users.add("Ben", "owner", HASH, first=True)

    def test_a_name_that_is_taken(self, store: Store) -> None:
        store.users.add("Anna", "owner", HASH)
        with pytest.raises(BadDataError, match="already an account 'anna'"):
            store.users.add("ANNA", "viewer", HASH)

    def test_the_last_owner_stays(self, store: Store) -> None:
        owner = store.users.add("anna", "owner", HASH)
        for change in (
            lambda: store.users.set_role(owner.id, "admin"),
            lambda: store.users.set_disabled(owner.id, True),
            lambda: store.users.delete(owner.id),
        ):
            with pytest.raises(BadDataError, match="the only owner"):
                change()
        other = store.users.add("ben", "owner", HASH)
        store.users.set_disabled(other.id, True)
        with pytest.raises(BadDataError, match="the only owner"):
            store.users.delete(owner.id)
        store.users.set_disabled(other.id, False)
        store.users.delete(owner.id)
        assert [user.name for user in store.users.all()] == ["ben"]

    def test_who_changed_what_is_on_record(self, store: Store) -> None:
        with acting("user:1"):
            user = store.users.add("anna", "owner", HASH)
            store.users.rename(user.id, "Anne")
        store.users.set_language(user.id, "de")
        by = [("added", "user:1"), ("renamed", "user:1"), ("language", None)]
        assert told(store, EventType.ACCOUNT_CHANGED) == by
        assert store.events.verify().first_broken is None

    def test_a_second_factor_is_sealed_and_used_once(self, store: Store, tmp_path: Path) -> None:
        user = store.users.add("anna", "owner", HASH)
        store.users.set_totp(user.id, b"a secret of 20 bytes")
        assert not store.users.get(user.id).totp
        store.users.confirm_totp(user.id, 100)
        assert store.users.get(user.id).totp
        assert store.users.totp_secret(user.id) == b"a secret of 20 bytes"
        assert [store.users.take_totp_step(user.id, step) for step in (100, 101, 101, 99)] == [
            False,
            True,
            False,
            False,
        ]
        assert all(b"a secret of 20" not in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
        store.users.set_totp(user.id, None)
        assert store.users.totp_secret(user.id) is None

    def test_nobody_of_that_id(self, store: Store) -> None:
        with pytest.raises(UnknownNameError, match="no account with the id 'x'"):
            store.users.rename("x", "Anna")

    @pytest.mark.parametrize("end", ["delete", "disable", "role"])
    def test_its_tokens_end_with_its_rights(self, store: Store, end: str) -> None:
        store.users.add("ben", "owner", HASH)
        user = store.users.add("anna", "admin", HASH)
        with acting(f"user:{user.id}"):
            _, program = store.tokens.add("a program", "admin")
            _, display = store.tokens.add("hall", "kiosk", door="front")
        _, other = store.tokens.add("another's", "viewer")
        if end == "delete":
            store.users.delete(user.id)
        elif end == "disable":
            store.users.set_disabled(user.id, True)
        else:
            store.users.set_role(user.id, "viewer")
        assert store.tokens.find(program, NOW) is None
        assert store.tokens.find(display, NOW)
        assert store.tokens.find(other, NOW)
        assert ("deleted", None) in told(store, EventType.TOKEN_CHANGED)


class TestSessions:
    def test_one(self, store: Store, tmp_path: Path) -> None:
        user = store.users.add("anna", "owner", HASH)
        secret = store.sessions.start(user.id, NOW, LATER, "a browser" * 100)
        found = store.sessions.find(secret)
        assert found is not None
        assert found[1] == user
        assert (found[0].expires_at, len(found[0].agent)) == (LATER, 200)
        assert store.sessions.find("another") is None
        assert all(secret.encode() not in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
        store.sessions.end(found[0].id)
        assert store.sessions.find(secret) is None

    def test_all_but_this_one(self, store: Store) -> None:
        user = store.users.add("anna", "owner", HASH)
        own, other = (store.sessions.start(user.id, NOW, LATER, "") for _ in range(2))
        kept = store.sessions.find(own)
        assert kept is not None
        assert store.sessions.end_all(user.id, but=kept[0].id) == 1
        assert store.sessions.find(other) is None
        assert [session.id for session in store.sessions.of(user.id)] == [kept[0].id]

    def test_end_with_the_account(self, store: Store) -> None:
        store.users.add("ben", "owner", HASH)
        user = store.users.add("anna", "viewer", HASH)
        secret = store.sessions.start(user.id, NOW, LATER, "")
        store.users.delete(user.id)
        assert store.sessions.find(secret) is None


class TestTokens:
    def test_one(self, store: Store, tmp_path: Path) -> None:
        token, secret = store.tokens.add("Home Assistant", "attendant", expires_at=LATER)
        assert store.tokens.find(secret, NOW) == token
        assert store.tokens.find(secret, LATER) is None
        assert store.tokens.find("limen_x", NOW) is None
        store.tokens.used(token.id, NOW)
        assert [one.last_used_at for one in store.tokens.all()] == [NOW]
        assert all(secret.encode() not in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
        store.tokens.delete(token.id)
        assert store.tokens.find(secret, NOW) is None
        assert [reason for reason, _ in told(store, EventType.TOKEN_CHANGED)] == ["added", "deleted"]

    def test_none_of_that_id(self, store: Store) -> None:
        with pytest.raises(UnknownNameError, match="no token with the id"):
            store.tokens.delete("x")


class TestAnswers:
    def test_is_kept_sealed_for_a_day(self, store: Store, tmp_path: Path) -> None:
        answers = store.answers
        assert answers.claim("k", "user:1", b"request", NOW) is None
        under_way = answers.claim("k", "user:1", b"request", NOW)
        assert under_way is not None
        assert under_way.status == 0
        answers.keep("k", "user:1", 201, {"location": "/x"}, b"a secret answer")
        kept = answers.claim("k", "user:1", b"request", NOW)
        assert kept is not None
        assert (kept.same_request, kept.status, kept.body) == (True, 201, b"a secret answer")
        other = answers.claim("k", "user:1", b"another", NOW)
        assert other is not None
        assert not other.same_request
        assert answers.claim("k", "user:2", b"request", NOW) is None
        assert all(b"a secret answer" not in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
        assert answers.claim("k", "user:1", b"request", NOW + timedelta(hours=25)) is None

    def test_a_digest_says_nothing_to_whoever_lacks_the_key(self, store: Store, tmp_path: Path) -> None:
        store.answers.claim("k", "user:1", b'{"password":"guess"}', NOW)
        plain = hashlib.sha256(b'{"password":"guess"}').digest()
        assert all(plain not in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())

    def test_what_was_under_way_when_the_program_ended(self, store: Store) -> None:
        store.answers.claim("k", "user:1", b"request", NOW)
        store.answers.claim("l", "user:1", b"request", NOW)
        store.answers.keep("l", "user:1", 200, {}, b"kept")
        store.answers.forget_under_way()
        assert store.answers.claim("k", "user:1", b"request", NOW) is None
        assert store.answers.claim("l", "user:1", b"request", NOW) is not None
