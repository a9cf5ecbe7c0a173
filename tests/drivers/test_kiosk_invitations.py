"""Links that work once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limen.audit.actor import acting
from limen.audit.events import EventType
from limen.errors import BadDataError, UnknownNameError, UnknownPersonError
from limen.store import Store, open_store
from limen.store.invitations import InvitationKind as Kind
from limen.types import PersonId

NOW = datetime.now(UTC)
SOON = NOW + timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path, environment={}) as store:
        yield store


def test_a_link_is_for_one_kind_and_works_until_it_was_used_or_its_time_is_over(store: Store) -> None:
    with acting("user:1"):
        made, secret = store.invitations.add(Kind.KIOSK, door="front", expires_at=SOON)
    assert (made.door, made.created_by, made.open_at(NOW), made.open_at(SOON)) == ("front", "user:1", True, False)
    find = store.invitations.find
    assert find(secret, NOW, Kind.KIOSK) == made
    assert find(secret, NOW, Kind.ENROL) is find(secret, SOON, Kind.KIOSK) is find("other", NOW, Kind.KIOSK) is None
    assert store.invitations.use(secret, SOON, Kind.KIOSK) is None
    assert store.invitations.use(secret, NOW, Kind.ENROL) is None
    used = store.invitations.use(secret, NOW, Kind.KIOSK)
    assert used is not None
    assert used.used_at == NOW
    assert find(secret, NOW, "kiosk") is None
    assert store.invitations.all(Kind.KIOSK) == [used]
    store.invitations.delete(used.id)
    assert store.invitations.all() == []
    with pytest.raises(UnknownNameError):
        store.invitations.delete(used.id)
    events = [record.event for record in store.events.latest(10) if record.event.type is EventType.INVITATION_CHANGED]
    assert sorted(event.reason or "" for event in events) == ["added", "deleted", "used"]
    assert {event.detail for event in events} == {"kiosk"}


def test_a_link_that_several_open_at_once_is_used_by_one(store: Store) -> None:
    _, secret = store.invitations.add(Kind.KIOSK, door="front", expires_at=SOON)
    with ThreadPoolExecutor(4) as pool:
        used = list(pool.map(lambda _: store.invitations.use(secret, NOW, Kind.KIOSK), range(8)))
    assert sum(one is not None for one in used) == 1


def test_what_does_not_fit_is_refused_and_those_of_people_go_with_them(store: Store) -> None:
    add = store.invitations.add
    anna = store.people.add("Anna").id
    for person, door in ((None, None), (anna, "front")):
        with pytest.raises(BadDataError, match="to enrol is for a person"):
            add(Kind.ENROL, person=person, door=door, expires_at=SOON)
    with pytest.raises(BadDataError, match="has passed"):
        add(Kind.ENROL, person=anna, expires_at=NOW)
    with pytest.raises(UnknownPersonError):
        add(Kind.ENROL, person=PersonId("nobody"), expires_at=SOON)
    add(Kind.ENROL, person=anna, expires_at=SOON)
    store.people.delete(anna)
    assert store.invitations.all() == []
