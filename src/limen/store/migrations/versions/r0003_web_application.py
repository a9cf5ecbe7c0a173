"""Those who run the doors: accounts, sessions, tokens, invitations, webhooks; who ordered what is on record."""

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("events", sa.Column("actor", sa.String(80)))
    _say_who_asked()
    _create_accounts()
    _create_invitations()
    _create_removals_and_labels()
    _create_webhooks()
    _create_answers()


def _say_who_asked() -> None:
    # SQLite's own way of adding a column writes the table's statement otherwise than a new store has it.
    recreate: Literal["always", "never"] = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    kept = {"sqlite_autoincrement": True}
    with op.batch_alter_table("door_requests", recreate=recreate, table_kwargs=kept) as batch:
        batch.add_column(sa.Column("actor", sa.String(80)))


def _moment(name: str, *, needed: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not needed)


def _create_accounts() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("sealed_totp", sa.LargeBinary),
        sa.Column("totp_confirmed", sa.Boolean, nullable=False),
        sa.Column("totp_step", sa.Integer),
        sa.Column("language", sa.String(10)),
        sa.Column("disabled", sa.Boolean, nullable=False),
        _moment("created_at", needed=True),
        _moment("signed_in_at"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users_name"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.LargeBinary(32), nullable=False),
        sa.Column("user_id", sa.String(36), nullable=False),
        _moment("created_at", needed=True),
        _moment("seen_at", needed=True),
        _moment("expires_at", needed=True),
        sa.Column("agent", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], "fk_sessions_user_id_users", ondelete="CASCADE"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("door", sa.String(200)),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created_by", sa.String(80), nullable=False),
        _moment("created_at", needed=True),
        _moment("last_used_at"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("hash", name="uq_tokens_hash"),
    )


def _create_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("person_id", sa.String(36)),
        sa.Column("door", sa.String(200)),
        sa.Column("created_by", sa.String(80), nullable=False),
        _moment("created_at", needed=True),
        _moment("expires_at", needed=True),
        _moment("used_at"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("hash", name="uq_invitations_hash"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], "fk_invitations_person_id_people", ondelete="CASCADE"),
    )
    op.create_index("ix_invitations_person_id", "invitations", ["person_id"])


def _create_removals_and_labels() -> None:
    op.create_table(
        "removals",
        sa.Column("person_id", sa.String(36), nullable=False),
        _moment("erase_at", needed=True),
        sa.Column("was_disabled", sa.Boolean, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_removals"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], "fk_removals_person_id_people", ondelete="CASCADE"),
    )
    op.create_index("ix_removals_erase_at", "removals", ["erase_at"])
    op.create_table(
        "labels",
        sa.Column("sequence", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("person_id", sa.String(36)),
        sa.Column("actor", sa.String(80), nullable=False),
        _moment("at", needed=True),
        sa.PrimaryKeyConstraint("sequence", name="pk_labels"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], "fk_labels_person_id_people", ondelete="CASCADE"),
    )
    op.create_index("ix_labels_person_id", "labels", ["person_id"])


def _create_webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary, nullable=False),
        sa.Column("types", sa.JSON, nullable=False),
        sa.Column("names", sa.Boolean, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        _moment("created_at", needed=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("webhook_id", sa.String(36), nullable=False),
        sa.Column("sequence", sa.Integer),
        sa.Column("type", sa.String(50), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        _moment("created_at", needed=True),
        _moment("next_at"),
        _moment("delivered_at"),
        sa.Column("status", sa.Integer),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], "fk_deliveries_webhook_id_webhooks", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_deliveries_webhook_id", "deliveries", ["webhook_id"])
    op.create_index("ix_deliveries_next_at", "deliveries", ["next_at"])


def _create_answers() -> None:
    op.create_table(
        "answers",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("request", sa.LargeBinary(32), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("headers", sa.JSON, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        _moment("created_at", needed=True),
        sa.PrimaryKeyConstraint("key", "actor", name="pk_answers"),
    )
    op.create_index("ix_answers_created_at", "answers", ["created_at"])
