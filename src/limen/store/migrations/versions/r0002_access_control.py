"""People's own keys, groups, rules, cards, the chain of events.

What only the store's key can do is left to ``limen.store.adopt``: events of revision 0001 wait in ``events_0001``.
"""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    used = _counted("people") + _counted("events") > 0
    _extend_state(format_=1 if used else 2)
    _extend_people()
    _create_tables_of_a_person()
    _create_groups()
    _create_schedules()
    _create_rules()
    _create_doors()
    _create_events(keep_old=used)
    _create_copies()


def _counted(table: str) -> int:
    return int(op.get_bind().scalar(sa.select(sa.func.count()).select_from(sa.table(table))) or 0)


def _extend_state(format_: int) -> None:
    with op.batch_alter_table("store_state") as batch:
        batch.add_column(sa.Column("format", sa.Integer))
        batch.add_column(sa.Column("audit_sequence", sa.Integer))
        batch.add_column(sa.Column("audit_hash", sa.LargeBinary(32)))
        batch.add_column(sa.Column("audit_mac", sa.LargeBinary(32)))
        batch.add_column(sa.Column("signing_key", sa.LargeBinary))
    state = sa.table(
        "store_state",
        sa.column("format", sa.Integer),
        sa.column("audit_sequence", sa.Integer),
        sa.column("audit_hash", sa.LargeBinary),
    )
    op.execute(state.update().values(format=format_, audit_sequence=0, audit_hash=bytes(32)))
    with op.batch_alter_table("store_state") as batch:
        batch.alter_column("format", existing_type=sa.Integer, nullable=False)
        batch.alter_column("audit_sequence", existing_type=sa.Integer, nullable=False)
        batch.alter_column("audit_hash", existing_type=sa.LargeBinary(32), nullable=False)


def _extend_people() -> None:
    with op.batch_alter_table("people") as batch:
        batch.add_column(sa.Column("valid_from", sa.DateTime(timezone=True)))
        batch.add_column(sa.Column("valid_until", sa.DateTime(timezone=True)))
        batch.add_column(sa.Column("faceless", sa.Boolean))
        batch.add_column(sa.Column("last_entry_at", sa.DateTime(timezone=True)))
        batch.add_column(sa.Column("sealed_key", sa.LargeBinary))
    op.execute(sa.table("people", sa.column("faceless", sa.Boolean)).update().values(faceless=False))
    with op.batch_alter_table("people") as batch:
        batch.alter_column("faceless", existing_type=sa.Boolean, nullable=False)


def _create_tables_of_a_person() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("text_version", sa.Text, nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], "fk_consents_person_id_people", ondelete="CASCADE"),
    )
    op.create_index("ix_consents_person_id", "consents", ["person_id"])
    op.create_table(
        "cards",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("tag", sa.LargeBinary(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cards"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], "fk_cards_person_id_people", ondelete="CASCADE"),
        sa.UniqueConstraint("tag", name="uq_cards_tag"),
    )
    op.create_index("ix_cards_person_id", "cards", ["person_id"])
    op.create_table(
        "pins",
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("number", sa.String(12), nullable=False),
        sa.Column("pin_hash", sa.Text, nullable=False),
        sa.Column("duress_hash", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_pins"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], "fk_pins_person_id_people", ondelete="CASCADE"),
        sa.UniqueConstraint("number", name="uq_pins_number"),
    )
    op.create_table(
        "presence",
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("zone", sa.String(200), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "zone", name="pk_presence"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], "fk_presence_person_id_people", ondelete="CASCADE"),
    )


def _create_groups() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_groups"),
        sa.UniqueConstraint("name", name="uq_groups_name"),
    )
    op.create_table(
        "memberships",
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("group_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "group_id", name="pk_memberships"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], "fk_memberships_person_id_people", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], "fk_memberships_group_id_groups", ondelete="CASCADE"),
    )
    op.create_index("ix_memberships_group_id", "memberships", ["group_id"])


def _create_schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("hours", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
        sa.UniqueConstraint("name", name="uq_schedules_name"),
    )
    op.create_table(
        "schedule_exceptions",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("schedule_id", sa.String(36), nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("hours", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedule_exceptions"),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], "fk_schedule_exceptions_schedule_id_schedules", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_schedule_exceptions_schedule_id", "schedule_exceptions", ["schedule_id"])
    op.create_table(
        "holidays",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_holidays"),
    )


def _create_rules() -> None:
    rules = op.create_table(
        "rules",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("effect", sa.String(20), nullable=False),
        sa.Column("group_id", sa.String(36)),
        sa.Column("person_id", sa.String(36)),
        sa.Column("door", sa.String(200)),
        sa.Column("zone", sa.String(200)),
        sa.Column("schedule_id", sa.String(36)),
        sa.Column("valid_from", sa.DateTime(timezone=True)),
        sa.Column("valid_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
        sa.CheckConstraint("group_id IS NULL OR person_id IS NULL", name="ck_rules_one_subject"),
        sa.CheckConstraint("door IS NULL OR zone IS NULL", name="ck_rules_one_place"),
        sa.UniqueConstraint("name", name="uq_rules_name"),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], "fk_rules_group_id_groups", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], "fk_rules_person_id_people", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], "fk_rules_schedule_id_schedules", ondelete="RESTRICT"
        ),
    )
    for column in ("group_id", "person_id", "schedule_id"):
        op.create_index(f"ix_rules_{column}", "rules", [column])
    # Before there were rules, everybody who was enrolled might enter everywhere: now it is written down.
    op.bulk_insert(rules, [{"id": str(uuid4()), "name": "everyone", "effect": "allow"}])


def _create_doors() -> None:
    op.create_table(
        "door_modes",
        sa.Column("door", sa.String(200), nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("door", name="pk_door_modes"),
    )
    op.create_table(
        "door_requests",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("door", sa.String(200), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_door_requests"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_door_requests_door", "door_requests", ["door"])


def _create_events(keep_old: bool) -> None:
    op.drop_index("ix_events_door", "events")
    if keep_old:
        op.rename_table("events", "events_0001")
    else:
        op.drop_table("events")
    op.create_table(
        "events",
        sa.Column("sequence", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("type", sa.String(50), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("door", sa.Text),
        sa.Column("subject", sa.LargeBinary(16)),
        sa.Column("reason", sa.Text),
        sa.Column("similarity", sa.Float),
        sa.Column("threshold", sa.Float),
        sa.Column("detail", sa.Text),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_events"),
    )
    op.create_index("ix_events_door", "events", ["door"])
    op.create_index("ix_events_subject", "events", ["subject"])
    op.create_table(
        "seals",
        sa.Column("sequence", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_seals"),
    )
    op.create_table(
        "crops",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("person_id", sa.String(36)),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("delete_after", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_crops"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], "fk_crops_person_id_people", ondelete="CASCADE"),
    )
    for column in ("sequence", "person_id", "delete_after"):
        op.create_index(f"ix_crops_{column}", "crops", [column])


def _create_copies() -> None:
    op.create_table(
        "key_copies",
        sa.Column("path", sa.String(1000), nullable=False),
        sa.Column("stale", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_key_copies"),
    )
