"""How many people there are, and how many of them a door would know by their faces."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from limen.store.schema import people, templates
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import ModelKey


@dataclass(frozen=True, slots=True)
class Heads:
    """Numbers of people: all, those whose face is used, and of these those with no template, or a single one."""

    people: int
    by_face: int
    without: int
    single: int


class HeadCount:
    """Counts people without opening what is kept of them."""

    def __init__(self, transactions: Transactions, _sealer: Sealer) -> None:
        self._transactions = transactions

    def of(self, model: ModelKey | None) -> Heads:
        """The people of a store, by their templates of ``model``, the one in use; of any model where that is unknown.

        Raises:
            StoreError: the database cannot be read.
        """
        own: ColumnElement[bool] = templates.c.person_id == people.c.id
        if model is not None:
            own = own & (templates.c.model_key == model)
        count = select(func.count()).select_from(templates).where(own).scalar_subquery()
        each = select(count.label("n")).where(people.c.disabled.is_(False), people.c.faceless.is_(False)).subquery()
        with self._transactions.reading() as connection:
            found = connection.execute(select(each.c.n, func.count()).group_by(each.c.n))
            rows: dict[int, int] = {row[0]: row[1] for row in found}
            everybody = connection.scalar(select(func.count()).select_from(people)) or 0
        return Heads(everybody, sum(rows.values()), rows.get(0, 0), rows.get(1, 0))
