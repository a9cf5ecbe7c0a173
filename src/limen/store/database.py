"""Opens the store of a data folder."""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from limen.errors import BadDataError, NoInputError, StoreError
from limen.store import sqlite
from limen.store.about import About, about
from limen.store.adopt import adopt
from limen.store.answers import Answers
from limen.store.backup import Backups
from limen.store.consent import Consents
from limen.store.credentials import Credentials
from limen.store.crops import Crops
from limen.store.enrolment import Enrolled, NewTemplate, enrol
from limen.store.enrolments import Enrolments
from limen.store.event_facts import EventFacts
from limen.store.events import Events
from limen.store.head_count import HeadCount
from limen.store.invitations import Invitations
from limen.store.key import load_or_create_key
from limen.store.keycheck import check_key, claim_key, is_claimed
from limen.store.labels import Labels
from limen.store.modes import Modes, Requests
from limen.store.names import clean_name
from limen.store.people import People
from limen.store.people_edit import PeopleEdits
from limen.store.people_list import PeopleList
from limen.store.people_table import PeopleTable
from limen.store.photos import Photos
from limen.store.presence import Presence
from limen.store.removals import Removals
from limen.store.rules import Groups, Rules
from limen.store.schedules import Holidays, Schedules
from limen.store.schema import state
from limen.store.sealing import Sealer
from limen.store.templates import Templates
from limen.store.tokens import Tokens
from limen.store.transactions import Transactions
from limen.store.upgrade import bring_to_head
from limen.store.users import Sessions, Users
from limen.store.webhooks import Webhooks
from limen.types import PersonId

DATABASE_NAME = "limen.db"
KEY_NAME = "template.key"


class Store:
    """Everything one database keeps; safe to use from several threads, closed by ``with`` or ``close``."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions, self._sealer = transactions, sealer
        self.people = People(transactions, sealer)
        self.templates = Templates(transactions, sealer)
        self.consents = Consents(transactions, sealer)
        self.enrolments = Enrolments(transactions, sealer)
        self.events = Events(transactions, sealer)
        self.event_facts = EventFacts(transactions, sealer)
        self.head_count = HeadCount(transactions, sealer)
        self.credentials = Credentials(transactions, sealer)
        self.people_table = PeopleTable(transactions, sealer)
        self.people_edits = PeopleEdits(transactions, sealer)
        self.people_list = PeopleList(transactions, sealer)
        self.photos = Photos(transactions, sealer)
        self.removals = Removals(transactions, sealer)
        self.presence = Presence(transactions, sealer)
        self.groups = Groups(transactions, sealer)
        self.rules = Rules(transactions, sealer)
        self.schedules = Schedules(transactions, sealer)
        self.holidays = Holidays(transactions, sealer)
        self.modes = Modes(transactions, sealer)
        self.requests = Requests(transactions)
        self.crops = Crops(transactions, sealer)
        self.labels = Labels(transactions, sealer)
        self.backups = Backups(transactions, sealer)
        self.webhooks = Webhooks(transactions, sealer)
        self.users = Users(transactions, sealer)
        self.sessions = Sessions(transactions)
        self.tokens = Tokens(transactions, sealer)
        self.answers = Answers(transactions, sealer)
        self.invitations = Invitations(transactions, sealer)

    def enrol(self, name: str, new_templates: Sequence[NewTemplate], *, consent: str | None = None) -> Enrolled:
        """Add templates to the person of this name, who is made where there is none.

        All of it is kept, or nothing. A photo of which the person has a template of the same model is not
        added again. ``consent`` is the version of the text that the person agreed to.

        Raises:
            BadDataError: nobody can have this name, or the person does not want their face used.
            StoreError: the database cannot be written.
            TemplateError: another program meanwhile enrolled with another key.
        """
        clean = clean_name(name)
        with self._transactions.changing_people() as connection:
            return enrol(connection, self._sealer, clean, new_templates, consent)

    def about(self, person: PersonId) -> About:
        """Everything about ``person`` but events, vectors and the pictures themselves.

        Raises:
            TemplateError: a card or the person's key was altered.
            UnknownPersonError: nobody has this id.
        """
        return about(self._transactions, self._sealer, person)

    def revision(self) -> int:
        """A number that rises with each change of people or templates; cheap enough to ask before each match.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._transactions.reading() as connection:
            return int(connection.execute(select(state.c.revision)).scalar_one())

    def probe(self) -> None:
        """Return if an event could be kept now.

        Raises:
            StoreError: it could not.
        """
        self._transactions.check_writable()

    def close(self) -> None:
        """Let the files go; safe to call twice."""
        self._transactions.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def open_store(
    data_dir: Path, *, environment: Mapping[str, str], create: bool = True, busy_s: float = sqlite.BUSY_S
) -> Store:
    """The store in ``data_dir``, brought to the newest revision; made where there is none, if ``create``.

    ``environment`` may hold ``LIMEN_TEMPLATE_KEY`` or ``LIMEN_TEMPLATE_KEY_FILE``; else the key is a file
    beside the database. A write waits at most ``busy_s`` for that of another program.

    Raises:
        BadDataError: the database file is damaged or no database.
        ConfigError: the key is missing, malformed or open to others.
        DatabaseVersionError: a newer version or another program wrote the database.
        NoInputError: there is no store, and none may be made.
        StoreError: folder or file cannot be read or written.
        TemplateError: the key is not the one the templates are encrypted with.
    """
    path = data_dir / DATABASE_NAME
    _place(path, create)
    with ExitStack() as undo:
        transactions = Transactions(path, busy_s=busy_s)
        undo.callback(transactions.close)
        try:
            bring_to_head(transactions)
            sealer = _sealer(transactions, data_dir / KEY_NAME, environment)
            adopt(transactions, sealer)
        except StoreError as error:
            if sqlite.is_broken(_driver_error(error)):
                raise BadDataError(f"{path} is damaged or no database: restore a backup, or move it away") from error
            raise
        undo.pop_all()
    return Store(transactions, sealer)


def _place(path: Path, create: bool) -> None:
    """See that folder and file are there, for their owner only where they are new."""
    try:
        if not create:
            path.stat()
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite would make it readable by others; its other files take over the mode of this one.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        if not path.parent.is_dir():
            raise StoreError(f"{path.parent} is a file, expected a folder: choose another data folder") from error
    except FileNotFoundError as error:
        raise NoInputError(f"there is no {path}: enrol somebody first, or choose another data folder") from error
    except OSError as error:
        raise StoreError(
            f"{path} cannot be made: {error.strerror}; make the data folder writable or choose another"
        ) from error


def _sealer(transactions: Transactions, key_path: Path, environment: Mapping[str, str]) -> Sealer:
    with transactions.reading() as connection:
        sealer = Sealer(load_or_create_key(key_path, environment, may_create=not is_claimed(connection)))
        claimed = is_claimed(connection)
        check_key(connection, sealer)
    if not claimed:
        # From the first event on everything is bound to the key.
        with transactions.writing() as connection:
            claim_key(connection, sealer)
    return sealer


def _driver_error(error: StoreError) -> BaseException | None:
    cause = error.__cause__
    return cause.orig if isinstance(cause, DBAPIError) else None
