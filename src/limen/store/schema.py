"""The tables, in types that SQLite and PostgreSQL share; ``migrations`` makes them.

A vector is sealed as little-endian float32. ``events`` points at no other table: events outlive people, and name them
by a ``subject`` that only a person's own key leads to.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept and given back as UTC, also by databases that know no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text from outside; what databases refuse (halves of characters, zeros) is written as an escape."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To text that is valid UTF-8."""
        if value is None:
            return None
        return value.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

state = Table(
    "store_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("key_check", LargeBinary),  # Binds the database to its key, for good.
    Column("format", Integer, nullable=False),  # 1: sealed with the store's key alone; 2: with people's own.
    Column("audit_sequence", Integer, nullable=False),
    Column("audit_hash", LargeBinary(32), nullable=False),
    Column("audit_mac", LargeBinary(32)),  # Over the two before it; absent before the first chained event.
    Column("signing_key", LargeBinary),  # Sealed.
)

people = Table(
    "people",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("valid_from", Moment),
    Column("valid_until", Moment),
    Column("faceless", Boolean, nullable=False),  # Does not want their face used: card and PIN instead.
    Column("last_entry_at", Moment),
    Column("sealed_key", LargeBinary),  # The person's own key: what it sealed dies with it, in every copy.
)

photos = Table(
    "photos",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("file_name", Words, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("taken_from", String(20), nullable=False),
    Column("quality", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("sealed", LargeBinary),
    UniqueConstraint("person_id", "sha256"),
)

templates = Table(
    "templates",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("photo_id", ForeignKey("photos.id", ondelete="CASCADE"), nullable=False),
    Column("model_key", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    UniqueConstraint("photo_id", "model_key"),
    Index(None, "model_key"),
)

consents = Table(
    "consents",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("text_version", Words, nullable=False),
    Column("given_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
)

cards = Table(
    "cards",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("tag", LargeBinary(32), nullable=False, unique=True),  # HMAC of the card's bits: found, not readable.
    Column("sealed", LargeBinary, nullable=False),  # The bits, with the person's key.
    Column("disabled", Boolean, nullable=False),
    Column("valid_until", Moment),
    Column("created_at", Moment, nullable=False),
)

pins = Table(
    "pins",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("number", String(12), nullable=False, unique=True),
    Column("pin_hash", Text, nullable=False),
    Column("duress_hash", Text),
    Column("created_at", Moment, nullable=False),
)

presence = Table(
    "presence",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("zone", String(200), primary_key=True),
    Column("entered_at", Moment, nullable=False),
)

groups = Table(
    "groups",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
)

memberships = Table(
    "memberships",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("group_id", ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True),
)

schedules = Table(
    "schedules",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("hours", JSON, nullable=False),  # A list of {"days": ["mon", …, "holiday"], "from": "08:00", "to": "18:00"}.
)

schedule_exceptions = Table(
    "schedule_exceptions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("schedule_id", ForeignKey("schedules.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("hours", JSON, nullable=False),  # A list of {"from", "to"}; empty: closed on these days.
)

holidays = Table(
    "holidays",
    metadata,
    Column("day", Date, primary_key=True),
    Column("name", Words, nullable=False),
)

rules = Table(
    "rules",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("effect", String(20), nullable=False),  # allow, deny, keep_open.
    Column("group_id", ForeignKey("groups.id", ondelete="CASCADE"), index=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), index=True),
    Column("door", String(200)),
    Column("zone", String(200)),
    Column("schedule_id", ForeignKey("schedules.id", ondelete="RESTRICT"), index=True),
    Column("valid_from", Moment),
    Column("valid_until", Moment),
    CheckConstraint("group_id IS NULL OR person_id IS NULL", name="ck_rules_one_subject"),
    CheckConstraint("door IS NULL OR zone IS NULL", name="ck_rules_one_place"),
)

door_modes = Table(
    "door_modes",
    metadata,
    Column("door", String(200), primary_key=True),
    Column("mode", String(20), nullable=False),  # keep_open, lockdown.
    Column("until", Moment, nullable=False),
)

door_requests = Table(
    "door_requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("door", String(200), nullable=False, index=True),
    Column("action", String(20), nullable=False),  # open, believe_clock.
    Column("expires_at", Moment, nullable=False),
    Column("actor", String(80)),  # Who asked: user:… or token:… and an id.
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("type", String(50), nullable=False),
    Column("at", Moment, nullable=False),
    Column("door", Words, index=True),
    Column("subject", LargeBinary(16), index=True),
    Column("reason", Words),
    Column("similarity", Float),
    Column("threshold", Float),
    Column("detail", Words),
    Column("hash", LargeBinary(32), nullable=False),
    Column("actor", String(80)),  # Who ordered it: user: or token: and an id.
)

seals = Table(
    "seals",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),  # Of the last event that it covers.
    Column("hash", LargeBinary(32), nullable=False),
    Column("day", Date, nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
)

crops = Table(
    "crops",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("sequence", Integer, nullable=False, index=True),  # Of the event that it shows.
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), index=True),
    Column("sealed", LargeBinary, nullable=False),  # A JPEG; with the person's key where one was recognised.
    Column("delete_after", Moment, nullable=False, index=True),
)

key_copies = Table(
    "key_copies",
    metadata,
    Column("path", String(1000), primary_key=True),
    Column("stale", Boolean, nullable=False),  # Still holds the key of somebody who was deleted.
)

users = Table(
    "users",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("sealed_totp", LargeBinary),  # The secret of the second factor.
    Column("totp_confirmed", Boolean, nullable=False),
    Column("totp_step", Integer),  # Of the newest code that was taken: none is taken twice.
    Column("language", String(10)),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("signed_in_at", Moment),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", LargeBinary(32), primary_key=True),  # SHA-256 of what the cookie holds.
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("agent", Words, nullable=False),  # The browser, in its own words, cut short.
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("door", String(200)),  # Of a kiosk: the one door that it is for.
    Column("hash", LargeBinary(32), nullable=False, unique=True),  # SHA-256 of the secret, which is random.
    Column("created_by", String(80), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("expires_at", Moment),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(20), nullable=False),  # enrol: a person, on their own phone; kiosk: a display, for a door.
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), index=True),
    Column("door", String(200)),
    Column("created_by", String(80), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)

removals = Table(
    "removals",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("erase_at", Moment, nullable=False, index=True),  # Until then it can be undone.
    Column("was_disabled", Boolean, nullable=False),
    Column("actor", String(80), nullable=False),
)

labels = Table(
    "labels",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),  # Of the event.
    Column("kind", String(20), nullable=False),  # is: it was this person; wrong: it was not; ignored.
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), index=True),
    Column("actor", String(80), nullable=False),
    Column("at", Moment, nullable=False),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("url", Words, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("types", JSON, nullable=False),  # A list of event types; empty: all.
    Column("names", Boolean, nullable=False),  # Whether it is told whom events are about.
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("sequence", Integer, nullable=False),  # Of the newest event that was looked at for it.
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("webhook_id", ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("sequence", Integer),  # Of the event; absent in a test.
    Column("type", String(50), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("next_at", Moment, index=True),  # Absent once it was delivered or given up.
    Column("delivered_at", Moment),
    Column("status", Integer),
    Column("error", Words),
)

answers = Table(
    "answers",
    metadata,
    Column("key", String(200), primary_key=True),  # What the client called its request.
    Column("actor", String(80), primary_key=True),
    Column("request", LargeBinary(32), nullable=False),  # HMAC of it: another one by the same name is refused.
    Column("status", Integer, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
)
