"""People as a list that is searched, sorted and paged; nothing in it is decrypted."""

import base64
import json
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Subquery, func, select

from limen.errors import BadDataError
from limen.store.named import id_of
from limen.store.people import person_of, row_of
from limen.store.records import PhotoId
from limen.store.schema import cards, groups, memberships, people, photos, removals, templates
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from limen.types import ModelKey, Person, PersonId

MOST = 500


class PersonState(StrEnum):
    """What somebody can be looked for by; several of them hold at once."""

    ENROLLED = "enrolled"
    NEEDS_PHOTOS = "needs_photos"
    DISABLED = "disabled"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    REMOVED = "removed"
    FACELESS = "faceless"
    NEEDS_FRESH_LOOK = "needs_fresh_look"


class Sort(StrEnum):
    """The order of a list."""

    NAME = "name"
    LAST_ENTRY = "last_entry"
    ADDED = "added"
    OLDEST_TEMPLATE = "oldest_template"


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody in the list.

    ``templates`` are those of the model in use, ``newest`` the time of the newest of them; ``portrait`` is the newest
    photo that was kept; whoever has an ``erase_at`` is being deleted.
    """

    person: Person
    created_at: datetime
    last_entry_at: datetime | None
    photos: int
    templates: int
    newest: datetime | None
    cards: int
    erase_at: datetime | None
    groups: tuple[str, ...] = ()
    portrait: PhotoId | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What states depend on: the time now, and the time before which a newest template is too old."""

    now: datetime
    fresh_since: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is looked for: by a part of the name, however it is written, by group and by state; and in which order."""

    text: str = ""
    group: str | None = None
    state: PersonState | None = None
    sort: Sort = Sort.NAME


@dataclass(frozen=True, slots=True)
class ListPage:
    """A part of the list; ``total`` people are in all of it, and ``next`` is where it goes on."""

    items: tuple[Listed, ...]
    total: int
    next: str | None


class PeopleList:
    """The people of a store, as a list."""

    def __init__(self, transactions: Transactions, sealer: Sealer) -> None:
        self._transactions = transactions

    def page(
        self, wanted: Wanted, model: ModelKey, moment: Moment, *, limit: int = 50, after: str | None = None
    ) -> ListPage:
        """At most ``limit`` people; ``after`` is the ``next`` of the page before.

        Raises:
            BadDataError: ``after`` is none.
            UnknownNameError: there is no such group.
        """
        start = None if after is None else _read_cursor(after, wanted.sort)
        with self._transactions.reading() as connection:
            keyed = self._keyed(connection, wanted, model, moment)
            begin = 0 if start is None else bisect_right(keyed, start, key=lambda pair: pair[0])
            some = keyed[begin : begin + min(max(limit, 1), MOST)]
            items = _completed(connection, [listed for _, listed in some])
        more = begin + len(some) < len(keyed)
        return ListPage(items, len(keyed), _cursor(some[-1][0]) if more and some else None)

    def counts(self, model: ModelKey, moment: Moment) -> Mapping[PersonState, int]:
        """How many people there are in each state."""
        found: dict[PersonState, int] = dict.fromkeys(PersonState, 0)
        with self._transactions.reading() as connection:
            for row in connection.execute(_rows(model)).mappings():
                for state in states(_listed(row), moment):
                    found[state] += 1
        return found

    def size(self) -> int:
        """How many people there are."""
        with self._transactions.reading() as connection:
            return connection.scalar(select(func.count()).select_from(people)) or 0

    def one(self, person: PersonId, model: ModelKey) -> Listed:
        """One person, as in the list.

        Raises:
            UnknownPersonError: nobody has this id.
        """
        with self._transactions.reading() as connection:
            row_of(connection, person)
            row = connection.execute(_rows(model).where(people.c.id == person)).mappings().one()
            return _completed(connection, [_listed(row)])[0]

    def _keyed(
        self, connection: Connection, wanted: Wanted, model: ModelKey, moment: Moment
    ) -> list[tuple[list[Any], Listed]]:
        """Everybody who is wanted, in order, each with what the order goes by."""
        query = _rows(model)
        if wanted.group is not None:
            group = id_of(connection, groups, wanted.group)
            members = select(memberships.c.person_id).where(memberships.c.group_id == group)
            query = query.where(people.c.id.in_(members))
        text = folded(wanted.text.strip())
        found = []
        for row in connection.execute(query).mappings():
            name = folded(row["name"])
            if text not in name:
                continue
            listed = _listed(row)
            if wanted.state is None or wanted.state in states(listed, moment):
                found.append((_key(listed, name, wanted.sort), listed))
        return sorted(found, key=lambda pair: pair[0])


def states(listed: Listed, moment: Moment) -> frozenset[PersonState]:
    """All that holds of somebody; who is told of too old templates or of a single one has a face that is used."""
    person = listed.person
    with_face = not person.faceless
    holds = {
        PersonState.ENROLLED: with_face and listed.templates > 0,
        PersonState.NEEDS_PHOTOS: with_face and listed.templates == 0,
        PersonState.DISABLED: person.disabled and listed.erase_at is None,
        PersonState.EXPIRED: person.valid_until is not None and person.valid_until <= moment.now,
        PersonState.NOT_YET: person.valid_from is not None and person.valid_from > moment.now,
        PersonState.REMOVED: listed.erase_at is not None,
        PersonState.FACELESS: person.faceless,
        PersonState.NEEDS_FRESH_LOOK: with_face and _is_stale(listed, moment),
    }
    return frozenset(state for state, does in holds.items() if does)


def folded(text: str) -> str:
    """``text`` without accents, capitals and other ways to write the same letters: what is searched and sorted by."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _is_stale(listed: Listed, moment: Moment) -> bool:
    return listed.templates == 1 or (listed.newest is not None and listed.newest < moment.fresh_since)


def _rows(model: ModelKey) -> Select[Any]:
    """Everybody with what is counted of them, in one query; nothing sealed is among it."""
    taken = _counted(select(photos.c.person_id, func.count().label("number")).group_by(photos.c.person_id), "taken")
    made = _counted(
        select(templates.c.person_id, func.count().label("number"), func.max(templates.c.created_at).label("newest"))
        .where(templates.c.model_key == model)
        .group_by(templates.c.person_id),
        "made",
    )
    held = _counted(select(cards.c.person_id, func.count().label("number")).group_by(cards.c.person_id), "held")
    own = [column for column in people.c if column.name != "sealed_key"]
    query = select(
        *own,
        func.coalesce(taken.c.number, 0).label("photos"),
        func.coalesce(made.c.number, 0).label("templates"),
        made.c.newest,
        func.coalesce(held.c.number, 0).label("cards"),
        removals.c.erase_at,
    )
    joined: Select[Any] = query.select_from(people)
    for other in (taken, made, held, removals):
        joined = joined.outerjoin(other, other.c.person_id == people.c.id)
    return joined


def _counted(query: Select[Any], name: str) -> Subquery:
    return query.subquery(name)


def _listed(row: RowMapping) -> Listed:
    return Listed(
        person_of(row),
        row["created_at"],
        row["last_entry_at"],
        row["photos"],
        row["templates"],
        row["newest"],
        row["cards"],
        row["erase_at"],
    )


def _completed(connection: Connection, listed: Sequence[Listed]) -> tuple[Listed, ...]:
    """The people with their groups and portraits: asked for those alone who are shown."""
    ids = [one.person.id for one in listed]
    names: defaultdict[str, list[str]] = defaultdict(list)
    joined = select(memberships.c.person_id, groups.c.name).join(groups).where(memberships.c.person_id.in_(ids))
    for person, name in connection.execute(joined.order_by(groups.c.name)):
        names[person].append(name)
    portraits = _portraits(connection, ids)
    return tuple(
        replace(one, groups=tuple(names[one.person.id]), portrait=portraits.get(one.person.id)) for one in listed
    )


def _portraits(connection: Connection, ids: Iterable[PersonId]) -> dict[str, PhotoId]:
    kept = select(photos.c.person_id, photos.c.id).where(photos.c.person_id.in_(ids), photos.c.sealed.is_not(None))
    return {person: PhotoId(photo) for person, photo in connection.execute(kept.order_by(photos.c.created_at))}


def _key(listed: Listed, name: str, sort: Sort) -> list[Any]:
    """What somebody is sorted by: also the name and the id, so that no two are equal."""
    moments = {
        Sort.LAST_ENTRY: listed.last_entry_at,
        Sort.ADDED: listed.created_at,
        Sort.OLDEST_TEMPLATE: listed.newest,
    }
    if sort is Sort.NAME:
        return [name, listed.person.id]
    moment = moments[sort]
    # The newest first, but for templates, of which the oldest are asked for; whoever has none comes last.
    sign = 1 if sort is Sort.OLDEST_TEMPLATE else -1
    return [moment is None, 0.0 if moment is None else sign * moment.timestamp(), name, listed.person.id]


def _cursor(key: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode().rstrip("=")


def _read_cursor(text: str, sort: Sort) -> list[Any]:
    kinds: tuple[type, ...] = (str, str) if sort is Sort.NAME else (bool, float, str, str)
    try:
        key = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
    except (ValueError, RecursionError):
        key = None
    if not (isinstance(key, list) and [type(part) for part in key] == list(kinds)):
        raise BadDataError("this is no place in the list in this order: give the 'next' of the page before, unchanged")
    return key
