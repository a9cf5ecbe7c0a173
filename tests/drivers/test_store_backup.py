"""A backup is whole, readable with the key alone, and holds nobody who was erased since."""

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from limen.audit.events import AuditEvent, EventType
from limen.credentials.card import CardNumber
from limen.errors import BadDataError, ConfigError, DatabaseVersionError, NoInputError, StoreError
from limen.store import Store
from limen.store.backup import Backup
from limen.store.chain import Verification, verify
from limen.store.events import EventFilter
from limen.store.invitations import InvitationKind
from limen.store.key import load_or_create_key
from limen.store.records import LabelKind
from limen.store.restore import Restored, restore
from limen.store.schema import answers, door_requests, key_copies, metadata, sessions, state
from limen.store.sealing import Sealer
from limen.store.transactions import Transactions
from store_samples import MODEL, embedding, new_template, opened, photo_bytes

CONFIG = '[site]\nname = "Harbour"\n'
CARD = CardNumber(26, 0x2468ACE)


class Site:
    """A store with something in every table, a folder for backups, and a place to restore to."""

    def __init__(self, folder: Path) -> None:
        self.data, self.backups, self.new = folder / "data", folder / "backups", folder / "new"
        self.backups.mkdir()
        self.store: Store = opened(self.data)
        self.ann = self.store.enrol("Ann", [new_template(1, keep=True), new_template(2)], consent="1").person
        self.bob = self.store.enrol("Bob", [new_template(3)]).person
        self._fill()

    def _fill(self) -> None:
        now = datetime.now(UTC)
        self.store.people.set_validity(self.ann.id, now - timedelta(days=1), now + timedelta(days=9))
        self.store.credentials.add_card(self.ann.id, CARD)
        self.store.credentials.set_pin(self.ann.id, "918273", "4711", "8052")
        self.store.presence.entered(self.ann.id, "vault", now)
        for person in (self.ann.id, None):
            event = AuditEvent(EventType.ACCESS_GRANTED, now, door="front", person=person, similarity=0.5)
            self.store.crops.append(event, b"a picture", now + timedelta(days=1))
        self._fill_for_the_web(now)
        self.store.events.seal()
        (self.data / "config.toml").write_text(CONFIG)
        (self.data / "calibrations").mkdir()
        (self.data / "calibrations" / "model.json").write_text("{}")
        with closing(sqlite3.connect(self.data / "limen.db")) as database, database:
            database.executescript(
                f"""
                INSERT INTO groups VALUES ('g', 'staff');
                INSERT INTO memberships VALUES ('{self.ann.id}', 'g');
                INSERT INTO removals VALUES ('{self.ann.id}', '2026-12-24 10:00:00.000000', 0, 'user:1');
                INSERT INTO schedules VALUES ('s', 'days', '[{{"days": ["mon"], "from": "08:00", "to": "18:00"}}]');
                INSERT INTO schedule_exceptions VALUES ('x', 's', '2026-12-24', '2026-12-26', '[]');
                INSERT INTO holidays VALUES ('2026-12-25', 'Christmas');
                INSERT INTO rules (id, name, effect, person_id, schedule_id)
                    VALUES ('r', 'Ann alone', 'allow', '{self.ann.id}', 's');
                INSERT INTO rules (id, name, effect, group_id) VALUES ('q', 'staff', 'deny', 'g');
                INSERT INTO door_modes VALUES ('front', 'lockdown', '2026-12-24 10:00:00.000000');
                INSERT INTO door_requests (door, action, expires_at)
                    VALUES ('front', 'open', '2026-12-24 10:00:00.000000');
                """
            )

    def _fill_for_the_web(self, now: datetime) -> None:
        later = now + timedelta(hours=1)
        user = self.store.users.add("anna", "owner", "a hash")
        self.store.users.set_totp(user.id, b"a secret of 20 bytes")
        self.store.sessions.start(user.id, now, later, "a browser")
        self.store.tokens.add("hall", "kiosk", door="front")
        self.store.invitations.add(InvitationKind.ENROL, person=self.ann.id, expires_at=later)
        self.store.invitations.add(InvitationKind.KIOSK, door="front", expires_at=later)
        granted = EventFilter(types=frozenset((EventType.ACCESS_GRANTED,)))
        visit = self.store.events.latest(1, only=granted)[0].sequence
        self.store.labels.set(visit, LabelKind.IS, self.ann.id, f"user:{user.id}")
        hook, _ = self.store.webhooks.add("http://lock.lan/")
        self.store.webhooks.add_test(hook.id, now, 60.0)
        self.store.answers.claim("key", f"user:{user.id}", b"request", now)

    def make(self, name: str = "limen.backup", *, overwrite: bool = False) -> Backup:
        return self.store.backups.make(self.backups / name, overwrite=overwrite)

    def restore(self, name: str = "limen.backup", keys: Path | None = None) -> Restored:
        self.new.mkdir(exist_ok=True)
        if not (self.new / "template.key").exists():
            shutil.copy(self.data / "template.key", self.new)
        return restore(self.new, self.backups / name, keys, {})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.store.close()


def contents(data: Path) -> dict[str, set[tuple[Any, ...]]]:
    """All rows of all tables, but for those that no backup has, or that a restore may change."""
    transactions = Transactions(data / "limen.db")
    with closing(transactions), transactions.reading() as connection:
        return {
            table.name: {tuple(str(value) for value in row) for row in connection.execute(select(table))}
            for table in metadata.sorted_tables
            if table not in (state, door_requests, key_copies, sessions, answers)
        }


def verified(data: Path) -> Verification:
    with closing(Transactions(data / "limen.db")) as transactions:
        return verify(transactions, Sealer(load_or_create_key(data / "template.key", {})))


def left_over(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_every_row_comes_back_and_the_chain_goes_on(site: Site) -> None:
    before = contents(site.data)
    assert all(before.values()), {name for name, rows in before.items() if not rows}
    made = site.make()
    done = site.restore()
    assert done == Restored(2, 0, made.events, ("calibrations/model.json", "config.toml"))
    after = contents(site.new)
    new_events = after["events"] - before["events"]
    assert len(new_events) == 1
    assert "backup.restored" in str(new_events)
    assert {**after, "events": after["events"] - new_events} == before
    assert (site.new / "config.toml").read_text() == CONFIG
    found = verified(site.new)
    assert (found.first_broken, found.head_ok, found.records) == (None, True, made.events + 1)


def test_a_restored_store_does_what_the_first_did(site: Site) -> None:
    revision = site.store.revision()
    site.make()
    site.restore()
    with opened(site.new) as store:
        vectors = [template.embedding.vector.tolist() for template in store.templates.load(MODEL)]
        assert vectors == [embedding(seed).vector.tolist() for seed in (1, 2, 3)]
        ann = store.about(site.ann.id)
        assert ann == site.store.about(site.ann.id)
        kept = [photo.id for photo in ann.record.photos if photo.kept]
        assert [store.templates.photo(photo) for photo in kept] == [photo_bytes(1)]
        holder = store.credentials.holder(CARD)
        assert holder is not None
        assert holder.person == site.ann.id
        assert store.revision() > revision
        assert store.enrol("Cleo", [new_template(4)]).created
    assert (site.new / "limen.db").stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(site.new / "limen.db")) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("SELECT count(*) FROM door_requests").fetchone() == (0,)


def test_what_a_backup_says_of_itself(site: Site) -> None:
    made = site.make()
    content = made.file.read_bytes()
    assert (made.people, made.size, made.sha256) == (2, len(content), hashlib.sha256(content).hexdigest())
    assert made.keys == site.backups / "people.keys"
    assert {made.file.stat().st_mode & 0o777, made.keys.stat().st_mode & 0o777} == {0o600}
    assert left_over(site.backups) == {"limen.backup", "people.keys"}
    event = site.store.events.latest(1)[0].event
    assert (event.type, made.sha256 in str(event.detail)) == (EventType.BACKUP_MADE, True)


def test_an_archive_shows_nothing_without_keys(site: Site) -> None:
    content = site.make().file.read_bytes() + (site.backups / "people.keys").read_bytes()
    for secret in (b"Ann", site.ann.id.encode(), b"photo 1", b"918273", b"staff", b"Harbour", b"front", b"access."):
        assert secret not in content


def test_nobody_who_was_erased_comes_back(site: Site) -> None:
    site.make("first.backup")
    site.store.people.delete(site.ann.id)
    site.make("second.backup")
    assert site.restore("first.backup").erased == 1
    with opened(site.new) as store:
        assert [person.name for person in store.people.all()] == ["Bob"]
        assert store.credentials.holder(CARD) is None
        assert {record.event.person for record in store.events.latest(99)} <= {site.bob.id, None}
    assert verified(site.new).first_broken is None
    shutil.rmtree(site.new)
    assert site.restore("second.backup").erased == 0


def test_the_copy_of_keys_that_a_restore_used_is_rewritten_when_somebody_is_deleted_there(site: Site) -> None:
    site.make()
    elsewhere = site.backups.parent / "keys of the first"
    shutil.copy(site.backups / "people.keys", elsewhere)
    (site.backups / "people.keys").unlink()
    site.restore(keys=elsewhere)
    with opened(site.new) as store:
        pending = store.people.delete(site.ann.id).pending
        assert str(elsewhere) in store.backups.key_copies()
        assert str(elsewhere) not in pending
    shutil.rmtree(site.new)
    assert site.restore(keys=elsewhere).erased == 1


def test_an_old_backup_is_not_overwritten_unasked(site: Site) -> None:
    before = site.make().file.read_bytes()
    with pytest.raises(BadDataError, match="is there already: choose another name, or add --force"):
        site.make()
    assert (site.backups / "limen.backup").read_bytes() == before
    site.make(overwrite=True)
    assert (site.backups / "limen.backup").read_bytes() != before


@pytest.mark.parametrize("place", ["missing/limen.backup", "people.keys"])
def test_a_place_that_cannot_be_is_told(site: Site, place: str) -> None:
    with pytest.raises((StoreError, BadDataError), match=r"cannot be written to|is where the keys go"):
        site.make(place)
    assert left_over(site.backups) == set()


def test_a_store_is_not_overwritten(site: Site) -> None:
    site.make()
    before = (site.data / "limen.db").read_bytes()
    with pytest.raises(BadDataError, match=r"there is a store in .* already"):
        restore(site.data, site.backups / "limen.backup", None, {})
    assert (site.data / "limen.db").read_bytes() == before


def test_other_settings_are_not_overwritten(site: Site) -> None:
    site.make()
    site.new.mkdir()
    (site.new / "config.toml").write_text("# mine\n")
    with pytest.raises(BadDataError, match=r"config\.toml is there already, with other content"):
        site.restore()
    assert left_over(site.new) == {"config.toml", "template.key"}
    (site.new / "config.toml").write_text(CONFIG)
    assert site.restore().people == 2


@pytest.mark.parametrize("change", ["cut", "flip", "swap", "longer", "label", "empty", "text"])
def test_a_damaged_archive_is_told_and_nothing_is_made_of_it(site: Site, change: str) -> None:
    path = site.make().file
    whole = path.read_bytes()
    third = len(whole) // 3
    for at in (third, 2 * third, len(whole) - 5) if change in ("cut", "flip") else (0,):
        path.write_bytes(damaged(whole, change, at))
        with pytest.raises(BadDataError, match=r"is damaged or cut off|is no backup of limen"):
            site.restore()
        assert left_over(site.new) == {"template.key"}
    path.write_bytes(whole)
    assert site.restore().people == 2


def damaged(whole: bytes, change: str, at: int) -> bytes:
    parts = sections(whole)
    person = next(part for part in parts[1:] if part[:16] != bytes(16))
    return {
        "cut": whole[:at],
        "flip": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
        "swap": b"".join([parts[0], parts[2], parts[1], *parts[3:]]),
        "longer": whole + b"\0",
        # What looks like the section of somebody who was erased.
        "label": whole.replace(person, b"\1" * 16 + person[16:]),
        "empty": b"",
        "text": b"not a backup, but a letter. " * 99,
    }[change]


def sections(whole: bytes) -> list[bytes]:
    """The header and each section."""
    at = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    parts = [whole[:at]]
    while at < len(whole):
        end = at + 24 + int.from_bytes(whole[at + 16 : at + 24], "big")
        parts.append(whole[at:end])
        at = end
    return parts


def test_another_key_another_version_and_missing_files_are_told(site: Site, tmp_path: Path) -> None:
    made = site.make()
    site.new.mkdir()
    with pytest.raises(ConfigError, match=r"template\.key is missing"):
        restore(site.new, made.file, None, {})
    with pytest.raises(BadDataError, match=r"another template\.key"):
        restore(site.new, made.file, None, {"LIMEN_TEMPLATE_KEY": "A" * 43 + "="})
    with pytest.raises(NoInputError, match="cannot be read"):
        site.restore("absent.backup")
    with pytest.raises(NoInputError, match="name the copy of people's keys with --keys"):
        site.restore(keys=tmp_path / "absent.keys")
    with pytest.raises(BadDataError, match="holds no people's keys"):
        site.restore(keys=made.file)
    made.file.write_bytes(made.file.read_bytes().replace(b'"format": 1', b'"format": 7', 1))
    with pytest.raises(
        DatabaseVersionError, match="has format 7 and tables 0003, this version of limen reads format 1"
    ):
        site.restore()
    assert left_over(site.new) == {"template.key"}


def test_a_backup_is_of_one_moment_though_others_write(site: Site) -> None:
    stop, written = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            number = len(written)
            written.append(site.store.enrol(f"New {number}", [new_template(100 + number)]).person)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 3:
            stop.wait(0.01)
        made = site.make()
    finally:
        stop.set()
        writer.join()
    done = site.restore()
    assert (done.people, done.events, done.erased) == (made.people, made.events, 0)
    assert 5 <= done.people <= len(written) + 2
    assert verified(site.new).first_broken is None
    with opened(site.new) as store:
        assert len(store.templates.load(MODEL)) == done.people + 1


KILLED = """
import os, signal, sys
from pathlib import Path
from limen.store import open_store
from limen.store.restore import restore

seen = 0
ours = (str(Path(sys.argv[3]).parent), sys.argv[4])

def die(event, arguments):
    global seen
    if any(place in str(arguments) for place in ours):
        seen += 1
        if seen == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

backup = Path(sys.argv[3])
if sys.argv[1] == "backup":
    with open_store(Path(sys.argv[4]), environment={}) as store:
        sys.addaudithook(die)
        store.backups.make(backup)
else:
    sys.addaudithook(die)
    restore(Path(sys.argv[4]), backup, None, {})
print("done")
"""


def killed_at_each_file(what: str, backup: Path, data: Path, after: Any) -> int:
    """Run it again and again, each time killed at a later step with a file, until it comes through: at which step."""
    for number in range(1, 400, 4):
        run = subprocess.run(
            [sys.executable, "-c", KILLED, what, str(number), backup, data],
            capture_output=True,
            timeout=60,
            check=False,
        )
        if run.returncode == 0:
            return number
        assert run.returncode == -signal.SIGKILL, run.stderr.decode()
        after()
    raise AssertionError("it never came through")


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_a_killed_backup_leaves_none_or_a_whole_one(site: Site) -> None:
    file = site.backups / "limen.backup"

    def check() -> None:
        if file.exists():
            shutil.rmtree(site.new, ignore_errors=True)
            assert site.restore().people == 2
            file.unlink()

    assert killed_at_each_file("backup", file, site.data, check) > 5
    shutil.rmtree(site.new, ignore_errors=True)
    assert site.restore().people == 2
    assert verified(site.data).first_broken is None


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_a_killed_restore_leaves_no_store_or_a_whole_one(site: Site) -> None:
    made = site.make()
    site.new.mkdir()
    shutil.copy(site.data / "template.key", site.new)

    def check() -> None:
        if (site.new / "limen.db").exists():
            assert verified(site.new).records == made.events + 1
            (site.new / "limen.db").unlink()

    assert killed_at_each_file("restore", made.file, site.new, check) > 10
    assert verified(site.new).first_broken is None
    with opened(site.new) as store:
        assert len(store.templates.load(MODEL)) == 3
    assert left_over(site.new) == {"template.key", "limen.db", "config.toml", "calibrations"}
