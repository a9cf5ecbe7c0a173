import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limen.audit.events import AuditEvent, EventType
from limen.errors import BadDataError, UnknownPersonError
from limen.store import Store
from limen.store.consent import check_version
from limen.types import PersonId
from store_samples import MODEL, all_bytes, new_template, opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as store:
        yield store


def test_consent_is_kept_with_version_and_time_and_only_once(store: Store) -> None:
    ann = store.enrol("Ann", [new_template(1)], consent=" 2026-03 ").person
    store.enrol("Ann", [new_template(2)], consent="2026-03")
    store.consents.give(ann.id, "2027-01")
    kept = store.about(ann.id).consents
    assert [(consent.text_version, consent.withdrawn_at) for consent in kept] == [("2026-03", None), ("2027-01", None)]
    assert all(timedelta() <= datetime.now(UTC) - consent.given_at < timedelta(minutes=5) for consent in kept)
    assert [record.event.reason for record in store.events.latest(9)].count("consent_given") == 2


def test_withdrawal_deletes_the_face_and_keeps_the_person(store: Store, tmp_path: Path) -> None:
    ann = store.enrol("Ann", [new_template(1, keep=True)], consent="1").person
    now = datetime.now(UTC)
    store.crops.append(AuditEvent(EventType.ACCESS_GRANTED, now, person=ann.id), b"a picture", now + timedelta(days=9))
    with closing(sqlite3.connect(tmp_path / "limen.db")) as database:
        blobs = [row[0] for table in ("templates", "photos", "crops") for row in
                 database.execute(f"SELECT sealed FROM {table}")]  # fmt: skip
    assert store.consents.withdraw(ann.id).complete
    assert store.people.get(ann.id).faceless
    assert store.templates.load(MODEL) == []
    found = store.about(ann.id)
    assert (found.record.photos, found.crops) == ((), ())
    assert found.consents[0].withdrawn_at is not None
    content = all_bytes(tmp_path)
    assert len(blobs) == 3
    assert not [blob for blob in blobs if blob[:32] in content or b"photo 1.jpg" in content]
    assert store.events.latest(1)[0].event.reason == "consent_withdrawn"


def test_who_withdrew_is_enrolled_again_only_with_consent(store: Store) -> None:
    ann = store.enrol("Ann", [new_template(1)], consent="1").person
    store.consents.withdraw(ann.id)
    with pytest.raises(BadDataError, match="'Ann' does not want their face used"):
        store.enrol("Ann", [new_template(1)])
    assert store.templates.of(ann.id, MODEL) == []
    again = store.enrol("Ann", [new_template(1)], consent="1")
    assert (again.added, again.person.faceless) == (1, False)
    assert len(store.templates.load(MODEL)) == 1
    assert [consent.withdrawn_at is None for consent in store.about(ann.id).consents] == [False, True]


def test_faceless_people_are_not_matched_and_keep_their_templates(store: Store) -> None:
    ann = store.enrol("Ann", [new_template(1)]).person
    assert store.people.set_faceless(ann.id, True).faceless
    assert store.templates.load(MODEL) == []
    assert len(store.templates.of(ann.id, MODEL)) == 1
    assert not store.people.set_faceless(ann.id, False).faceless
    assert len(store.templates.load(MODEL)) == 1


def test_what_is_no_consent_is_refused(store: Store) -> None:
    ann = store.people.add("Ann")
    for version in (" ", "x" * 101):
        with pytest.raises(BadDataError, match="1 to 100 characters"):
            store.consents.give(ann.id, version)
    for act in (lambda: store.consents.give(PersonId("nobody"), "1"), lambda: store.consents.withdraw(PersonId("no"))):
        with pytest.raises(UnknownPersonError):
            act()
    assert store.about(ann.id).consents == ()


@pytest.mark.parametrize(("required", "given"), [("2", None), ("2", "1"), ("2", "")])
def test_the_consent_that_the_settings_ask_for_is_demanded(required: str, given: str | None) -> None:
    with pytest.raises(BadDataError, match=r"consent to version '2' of the text.*add --consent 2"):
        check_version(required, given)


@pytest.mark.parametrize(("required", "given"), [("", None), ("", "1"), ("2", "2")])
def test_consent_that_is_enough(required: str, given: str | None) -> None:
    check_version(required, given)
