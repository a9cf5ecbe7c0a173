"""People with cards and PINs to put into a store."""

import sqlite3
from contextlib import closing
from pathlib import Path

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from limen.credentials.card import CardNumber, from_facility
from limen.credentials.pin import PinHasher
from limen.store.credentials import Credentials
from limen.store.database import DATABASE_NAME, KEY_NAME
from limen.store.events import Events
from limen.store.key import load_or_create_key
from limen.store.people import People
from limen.store.people_table import PeopleTable
from limen.store.presence import Presence
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions

CARD, OTHER_CARD = from_facility(123, 45678), CardNumber(56, 0x0492B6_7A5F6180)


class AccessStore:
    """The parts of an existing store that are about who may come in; PINs are hashed at the least cost."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / DATABASE_NAME
        self.transactions = Transactions(self.path)
        sealer = Sealer(load_or_create_key(folder / KEY_NAME, {}, may_create=False))
        self.people = People(self.transactions, sealer)
        self.events = Events(self.transactions, sealer)
        self.hasher = PinHasher(PasswordHasher.from_parameters(CHEAPEST))
        self.credentials = Credentials(self.transactions, sealer, lambda: self.hasher)
        self.presence = Presence(self.transactions, sealer)
        self.table = PeopleTable(self.transactions, sealer)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What another program would read."""
        with closing(sqlite3.connect(self.path)) as database:
            return list(database.execute(query))

    def told(self) -> list[tuple[str, str | None]]:
        """Type and reason of all events, the oldest first."""
        return [(record.event.type.value, record.event.reason) for record in reversed(self.events.latest(1000))]
