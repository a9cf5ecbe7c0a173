"""Those who run the doors, and the browsers they are signed in with."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, delete, exists, func, insert, select, update

from limen.audit.events import AuditEvent, EventType
from limen.errors import BadDataError, UnknownNameError
from limen.store.events import insert_event
from limen.store.names import clean_name
from limen.store.schema import sessions, tokens, users
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions

OWNER, DISPLAY_ROLE = "owner", "kiosk"
_AGENT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class User:
    """An account. ``totp`` says whether a second factor was set up and confirmed."""

    id: str
    name: str
    role: str
    password_hash: str = field(repr=False)
    totp: bool
    language: str | None
    disabled: bool
    created_at: datetime
    signed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that somebody is signed in with; ``id`` is the digest of what its cookie holds."""

    id: bytes = field(repr=False)
    user: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    agent: str


class Users:
    """The accounts of a store; each change is on record. The last owner that may sign in cannot be lost."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer

    def any(self) -> bool:
        """Whether there is an account."""
        with self._transactions.reading() as connection:
            return bool(connection.scalar(select(exists(select(users.c.id)))))

    def all(self) -> list[User]:
        """Every account, by name."""
        with self._transactions.reading() as connection:
            rows = connection.execute(select(users).order_by(users.c.name)).mappings().all()
        return [_user(row) for row in rows]

    def get(self, user: str) -> User:
        """The account with this id.

        Raises:
            UnknownNameError: there is none.
        """
        with self._transactions.reading() as connection:
            return _user(_row(connection, user))

    def find(self, name: str) -> User | None:
        """The account of this name, if there is one; names are compared without regard to case."""
        with self._transactions.reading() as connection:
            row = connection.execute(select(users).where(users.c.name == _name(name))).mappings().one_or_none()
        return None if row is None else _user(row)

    def add(self, name: str, role: str, password_hash: str, *, first: bool = False) -> User:
        """The new account; with ``first`` only where there is none yet.

        Raises:
            BadDataError: the name is taken or cannot be one, or there is an account already.
        """
        with self._transactions.writing() as connection:
            if first and connection.scalar(select(exists(select(users.c.id)))):
                raise BadDataError("there is an account already: sign in with it")
            clean, new_id = _free(connection, name), str(uuid4())
            connection.execute(
                insert(users).values(
                    id=new_id, name=clean, role=role, password_hash=password_hash, totp_confirmed=False,
                    disabled=False, created_at=datetime.now(UTC),
                )
            )  # fmt: skip
            self._tell(connection, "added", new_id, role)
            return _user(_row(connection, new_id))

    def rename(self, user: str, name: str) -> User:
        """The account under its new name.

        Raises:
            BadDataError: the name is taken or cannot be one.
            UnknownNameError: there is no such account.
        """
        with self._transactions.writing() as connection:
            row = _row(connection, user)
            clean = row["name"] if _name(name) == row["name"] else _free(connection, name)
            return self._changed(connection, user, {"name": clean}, "renamed")

    def set_role(self, user: str, role: str) -> User:
        """The account with another role; the tokens that it made for programs end.

        Raises:
            BadDataError: it is the last owner.
        """
        with self._transactions.writing() as connection:
            if role != OWNER:
                _keep_an_owner(connection, user)
            self._end_tokens(connection, user)
            return self._changed(connection, user, {"role": role}, "role", role)

    def set_disabled(self, user: str, disabled: bool) -> User:
        """The account, which may no longer sign in, or may again; its sessions and the tokens it made for programs end.

        Raises:
            BadDataError: it is the last owner.
        """
        with self._transactions.writing() as connection:
            if disabled:
                _keep_an_owner(connection, user)
                connection.execute(delete(sessions).where(sessions.c.user_id == user))
                self._end_tokens(connection, user)
            return self._changed(connection, user, {"disabled": disabled}, "disabled" if disabled else "enabled")

    def set_password_hash(self, user: str, password_hash: str, *, quietly: bool = False) -> None:
        """Another password; ``quietly`` where it is the same one, hashed anew."""
        with self._transactions.writing() as connection:
            if quietly:
                connection.execute(update(users).where(users.c.id == user).values(password_hash=password_hash))
            else:
                self._changed(connection, user, {"password_hash": password_hash}, "password")

    def set_language(self, user: str, language: str | None) -> User:
        """The account with the language of its pages; ``None``: that of the site."""
        with self._transactions.writing() as connection:
            return self._changed(connection, user, {"language": language}, "language")

    def delete(self, user: str) -> None:
        """Remove the account, its sessions, and the tokens that it made for programs.

        Raises:
            BadDataError: it is the last owner.
            UnknownNameError: there is no such account.
        """
        with self._transactions.writing() as connection:
            _row(connection, user)
            _keep_an_owner(connection, user)
            self._end_tokens(connection, user)
            connection.execute(delete(users).where(users.c.id == user))
            self._tell(connection, "deleted", user, None)

    def signed_in(self, user: str, at: datetime) -> None:
        """Remember when the account signed in last, and put it on record."""
        with self._transactions.writing() as connection:
            connection.execute(update(users).where(users.c.id == user).values(signed_in_at=at))
            event = AuditEvent(EventType.ACCOUNT_SIGNED_IN, at, actor=f"user:{user}")
            insert_event(connection, self._sealer, event)

    def set_totp(self, user: str, secret: bytes | None) -> None:
        """Keep the secret of a second factor, which counts once ``confirm_totp`` was called; ``None`` removes it."""
        sealed = None if secret is None else self._sealer.seal(secret, _totp_row(user))
        with self._transactions.writing() as connection:
            values = {"sealed_totp": sealed, "totp_confirmed": False, "totp_step": None}
            if secret is None:
                self._changed(connection, user, values, "totp_removed")
            else:
                connection.execute(update(users).where(users.c.id == user).values(values))

    def confirm_totp(self, user: str, step: int) -> None:
        """From now on a code is asked for; that of ``step`` was shown, and is used up."""
        with self._transactions.writing() as connection:
            self._changed(connection, user, {"totp_confirmed": True, "totp_step": step}, "totp_added")

    def totp_secret(self, user: str) -> bytes | None:
        """The secret of the account's second factor, confirmed or not."""
        with self._transactions.reading() as connection:
            sealed = connection.scalar(select(users.c.sealed_totp).where(users.c.id == user))
        return None if sealed is None else self._sealer.open(sealed, _totp_row(user))

    def take_totp_step(self, user: str, step: int) -> bool:
        """Whether the code of ``step`` was still unused; now it is used."""
        unused = users.c.totp_step.is_(None) | (users.c.totp_step < step)
        with self._transactions.writing() as connection:
            change = update(users).where((users.c.id == user) & unused).values(totp_step=step)
            return connection.execute(change).rowcount == 1

    def _end_tokens(self, connection: Connection, user: str) -> None:
        """A token does what its maker could have done, and no longer than they could; displays stay what they are."""
        own = (tokens.c.created_by == f"user:{user}") & (tokens.c.role != DISPLAY_ROLE)
        for ended in connection.scalars(delete(tokens).where(own).returning(tokens.c.id)).all():
            event = AuditEvent(EventType.TOKEN_CHANGED, datetime.now(UTC), reason="deleted", detail=f"token:{ended}")
            insert_event(connection, self._sealer, event)

    def _changed(
        self, connection: Connection, user: str, values: Mapping[str, object], what: str, detail: str | None = None
    ) -> User:
        _row(connection, user)
        connection.execute(update(users).where(users.c.id == user).values(dict(values)))
        self._tell(connection, what, user, detail)
        return _user(_row(connection, user))

    def _tell(self, connection: Connection, what: str, user: str, detail: str | None) -> None:
        words = f"user:{user}" if detail is None else f"user:{user}, {detail}"
        event = AuditEvent(EventType.ACCOUNT_CHANGED, datetime.now(UTC), reason=what, detail=words)
        insert_event(connection, self._sealer, event)


class Sessions:
    """Who is signed in: a cookie's secret is given once, and kept as a digest."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def start(self, user: str, now: datetime, expires_at: datetime, agent: str) -> str:
        """The secret of a new session."""
        secret = secrets.token_urlsafe(32)
        row = {
            "id": _digest(secret), "user_id": user, "created_at": now, "seen_at": now, "expires_at": expires_at,
            "agent": agent[:_AGENT_CHARACTERS],
        }  # fmt: skip
        with self._transactions.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            connection.execute(insert(sessions).values(row))
        return secret

    def find(self, secret: str) -> tuple[Session, User] | None:
        """The session of a cookie and its account, however old; whether it still counts is for the caller to say."""
        with self._transactions.reading() as connection:
            query = select(sessions).where(sessions.c.id == _digest(secret))
            row = connection.execute(query).mappings().one_or_none()
            return None if row is None else (_session(row), _user(_row(connection, row["user_id"])))

    def seen(self, session: bytes, now: datetime) -> None:
        """The session was used at ``now``."""
        with self._transactions.writing() as connection:
            connection.execute(update(sessions).where(sessions.c.id == session).values(seen_at=now))

    def of(self, user: str) -> list[Session]:
        """The sessions of an account, the newest first."""
        with self._transactions.reading() as connection:
            query = select(sessions).where(sessions.c.user_id == user).order_by(sessions.c.seen_at.desc())
            return [_session(row) for row in connection.execute(query).mappings()]

    def end(self, session: bytes) -> None:
        """Sign out; a session that is gone already stays gone."""
        with self._transactions.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.id == session))

    def end_all(self, user: str, *, but: bytes | None = None) -> int:
        """How many sessions of an account were ended."""
        own = sessions.c.user_id == user
        with self._transactions.writing() as connection:
            return connection.execute(
                delete(sessions).where(own if but is None else own & (sessions.c.id != but))
            ).rowcount


def _keep_an_owner(connection: Connection, user: str) -> None:
    others = (users.c.role == OWNER) & users.c.disabled.is_(False) & (users.c.id != user)
    if _row(connection, user)["role"] == OWNER and not connection.scalar(
        select(func.count()).select_from(users).where(others)
    ):
        raise BadDataError("this is the only owner who may sign in: make somebody else an owner first")


def _name(name: str) -> str:
    return clean_name(name).casefold()


def _free(connection: Connection, name: str) -> str:
    clean = _name(name)
    if connection.scalar(select(users.c.id).where(users.c.name == clean)) is not None:
        raise BadDataError(f"there is already an account {clean!r}: give another name")
    return clean


def _row(connection: Connection, user: str) -> RowMapping:
    row = connection.execute(select(users).where(users.c.id == user)).mappings().one_or_none()
    if row is None:
        raise UnknownNameError(f"there is no account with the id {user!r}: limen users list shows what there is")
    return row


def _user(row: RowMapping) -> User:
    return User(
        row["id"], row["name"], row["role"], row["password_hash"], row["totp_confirmed"], row["language"],
        row["disabled"], row["created_at"], row["signed_in_at"],
    )  # fmt: skip


def _session(row: RowMapping) -> Session:
    return Session(row["id"], row["user_id"], row["created_at"], row["seen_at"], row["expires_at"], row["agent"])


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _totp_row(user: str) -> str:
    return f"totp of {user}"
