"""Checks of real files, databases, sockets and brokers."""

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limen.audit.events import AuditEvent, EventType
from limen.config import DoorConfig, GpioSettings, MqttSettings, ReaderSettings, load_settings
from limen.door.checks.base import Check, State
from limen.door.checks.doors import check_reader
from limen.door.checks.files import check_disk, check_key, check_permissions
from limen.door.checks.locks import check_broker, check_gpio, check_lock
from limen.door.checks.records import check_audit, check_backups, check_database, is_running, newest_record
from limen.door.clock_sync import clock_synchronised
from limen.door.doctor import examine
from limen.errors import ConfigError, StoreError
from limen.store import Store, open_store
from limen.store.integrity import damage, has_duress_pins, stale_key_copies

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    with open_store(data, environment={}) as opened:
        yield opened


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def tamper(data: Path, script: str) -> None:
    with closing(sqlite3.connect(data / "limen.db")) as database:
        database.executescript(script)


def event(kind: EventType, at: datetime = NOW, door: str | None = "front") -> AuditEvent:
    return AuditEvent(kind, at, door)


class TestDisk:
    def test_a_folder_that_is_not_there_yet(self, data: Path) -> None:
        check = check_disk(data / "deeper")
        assert str(data.parent) in check.detail
        assert not data.exists()

    @pytest.mark.skipif(os.geteuid() == 0, reason="the superuser writes everywhere")
    def test_one_that_may_not_be_written(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        assert check_disk(tmp_path).state is State.FAULT
        tmp_path.chmod(0o700)


class TestPermissions:
    def check(self, data: Path, *, secrets: bool = False) -> Check:
        return check_permissions(data, secrets=secrets)

    def test_as_it_is_made(self, data: Path, store: Store) -> None:
        assert self.check(data).state is State.OK

    def test_not_there_yet(self, data: Path) -> None:
        assert self.check(data).state is State.OK

    def test_others_may_look_in(self, data: Path, store: Store) -> None:
        data.chmod(0o755)
        assert self.check(data).state is State.WARNING
        (data / "limen.db").chmod(0o644)
        check = self.check(data)
        assert (check.state, check.detail) == (State.FAULT, f"others may read limen.db in {data}")
        data.chmod(0o700)
        assert self.check(data).state is State.OK

    def test_secrets_in_the_settings(self, data: Path, store: Store) -> None:
        data.chmod(0o755)
        (data / "config.toml").touch(0o644)
        assert self.check(data).state is State.WARNING
        assert "config.toml" in self.check(data, secrets=True).detail

    @pytest.mark.parametrize("mode", [0o777, 0o770])
    def test_others_may_write(self, data: Path, store: Store, mode: int) -> None:
        data.chmod(mode)
        assert "others may change what lies in" in self.check(data).detail
        data.chmod(0o755)
        (data / "config.toml").touch()
        (data / "config.toml").chmod(0o666)
        assert "others may change config.toml" in self.check(data).detail

    @pytest.mark.skipif(os.geteuid() != 0, reason="the superuser alone can give a file away")
    def test_files_of_somebody_else(self, data: Path, store: Store) -> None:
        os.chown(data / "limen.db", 12345, 12345)
        check = self.check(data)
        assert (check.state, "limen.db" in check.detail) == (State.FAULT, True)


class TestKey:
    def test_as_it_is_made(self, data: Path, store: Store) -> None:
        check = check_key(data, {}, None, ())
        assert (check.state, str(data / "template.key") in check.detail) == (State.OK, True)

    def test_none_yet(self, data: Path) -> None:
        assert check_key(data, {}, None, ()).state is State.OK

    def test_others_may_read_it(self, data: Path, store: Store) -> None:
        (data / "template.key").chmod(0o644)
        check = check_key(data, {}, ConfigError("others may read the key"), ())
        assert (check.state, "mode 0644" in check.detail) == (State.FAULT, True)
        assert check.remedy == f"chmod 600 {data / 'template.key'}"

    def test_its_folder(self, data: Path, store: Store) -> None:
        data.chmod(0o755)
        assert check_key(data, {}, None, ()).state is State.WARNING
        data.chmod(0o777)
        assert check_key(data, {}, None, ()).state is State.FAULT

    def test_beside_the_backups(self, data: Path, store: Store, tmp_path: Path) -> None:
        copies = [str(tmp_path / "usb" / "people.keys")]
        assert check_key(data, {}, None, copies).state is State.OK
        (tmp_path / "usb").mkdir()
        (tmp_path / "usb" / "template.key").touch()
        assert "a key lies in a folder of backups" in check_key(data, {}, None, copies).detail
        assert check_key(data, {}, None, [str(data / "people.keys")]).state is State.WARNING

    def test_in_the_environment(self, data: Path, tmp_path: Path) -> None:
        assert check_key(data, {"LIMEN_TEMPLATE_KEY": "x"}, None, ()).state is State.OK
        elsewhere = tmp_path / "elsewhere.key"
        named = {"LIMEN_TEMPLATE_KEY_FILE": str(elsewhere)}
        assert check_key(data, named, None, ()).state is State.FAULT
        elsewhere.touch(0o440)
        assert check_key(data, named, None, ()).state is State.FAULT
        assert check_key(data, named | {"CREDENTIALS_DIRECTORY": str(tmp_path)}, None, ()).state is State.OK

    def test_one_that_does_not_fit(self, data: Path, store: Store) -> None:
        check = check_key(data, {}, ConfigError("another key"), ())
        assert (check.state, check.detail) == (State.FAULT, "another key")


class TestDatabase:
    def test_whole(self, data: Path, store: Store) -> None:
        assert check_database(data / "limen.db", None).state is State.OK

    def test_none_yet(self, data: Path) -> None:
        assert check_database(data / "limen.db", None).state is State.WARNING

    def test_that_does_not_open(self, data: Path, store: Store) -> None:
        check = check_database(data / "limen.db", StoreError("a newer version"))
        assert (check.state, check.detail) == (State.FAULT, "a newer version")

    def test_with_a_page_that_is_none(self, data: Path, store: Store) -> None:
        for number in range(200):
            store.people.add(f"Person {number}")
        store.close()
        with closing(sqlite3.connect(data / "limen.db")) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'people'").fetchone()
            (size,) = database.execute("PRAGMA page_size").fetchone()
        with (data / "limen.db").open("r+b") as file:
            file.seek((page - 1) * size)
            file.write(bytes(size))
        assert damage(data / "limen.db")
        assert "is damaged" in check_database(data / "limen.db", None).detail

    def test_that_is_none(self, data: Path) -> None:
        data.mkdir()
        (data / "limen.db").write_bytes(b"no database" * 500)
        with pytest.raises(StoreError, match="damaged"):
            damage(data / "limen.db")

    def test_that_another_program_writes(self, data: Path, store: Store) -> None:
        with closing(sqlite3.connect(data / "limen.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="locked"):
                damage(data / "limen.db", busy_s=0.1)

    def test_duress_pins(self, data: Path, store: Store) -> None:
        assert not has_duress_pins(data / "limen.db")
        ann = store.people.add("Ann").id
        tamper(data, f"INSERT INTO pins VALUES ('{ann}', '1234', 'hash', 'duress', '2026-01-01 00:00:00')")
        assert has_duress_pins(data / "limen.db")


class TestAudit:
    def test_whole(self, store: Store) -> None:
        store.events.append(event(EventType.DOOR_STARTED))
        assert "all 1 records" in check_audit(store).detail

    def test_altered(self, data: Path, store: Store) -> None:
        store.events.append(event(EventType.DOOR_STARTED))
        tamper(data, "UPDATE events SET door = 'back'")
        check = check_audit(store)
        assert (check.state, check.detail.startswith("record 1: ")) == (State.FAULT, True)

    def test_whether_a_door_runs(self, store: Store) -> None:
        assert (is_running(store, "front"), newest_record(store)) == (False, None)
        store.events.append(event(EventType.DOOR_STARTED))
        store.events.append(event(EventType.ACCESS_DENIED, NOW + timedelta(seconds=1)))
        assert is_running(store, "front")
        assert not is_running(store, "back")
        assert newest_record(store) == NOW + timedelta(seconds=1)
        store.events.append(event(EventType.DOOR_STOPPED))
        assert not is_running(store, "front")


class TestBackups:
    def check(self, data: Path, store: Store, now: datetime) -> Check:
        return check_backups(store, data / "limen.db", now)

    def test_none_was_made(self, data: Path, store: Store) -> None:
        assert self.check(data, store, NOW).detail == "none was ever made"

    def test_how_old_it_is(self, data: Path, store: Store, tmp_path: Path) -> None:
        store.people.add("Ann")
        store.backups.make(tmp_path / "all.limen")
        now = datetime.now(UTC)
        assert self.check(data, store, now + timedelta(days=1)).state is State.OK
        check = self.check(data, store, now + timedelta(days=9))
        assert (check.state, "9 days ago" in check.detail) == (State.WARNING, True)

    def test_a_copy_of_keys_that_could_not_be_rewritten(self, data: Path, store: Store, tmp_path: Path) -> None:
        ann, usb = store.people.add("Ann").id, tmp_path / "usb"
        usb.mkdir()
        store.backups.make(usb / "all.limen")
        usb.rename(tmp_path / "away")
        assert "limen backup keys --forget" in self.check(data, store, datetime.now(UTC)).remedy
        assert store.people.delete(ann).pending
        assert stale_key_copies(data / "limen.db") == [str(usb / "people.keys")]
        check = self.check(data, store, datetime.now(UTC))
        assert (check.state, check.remedy.endswith("limen backup keys")) == (State.FAULT, True)


class TestLocks:
    def test_pins_are_not_touched(self, tmp_path: Path) -> None:
        chip = tmp_path / "gpiochip0"
        chip.touch()
        check = check_gpio("lock", GpioSettings(relay_pin=17), chip)
        assert "not installed" in check.detail or "was not touched" in check.detail

    def test_a_webhook_that_takes_connections_is_sent_nothing(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            check = check_lock("lock", webhook(server.getsockname()[1]), MqttSettings())
            taken, _ = server.accept()
            with taken:
                taken.settimeout(10)
                assert (check.state, taken.recv(100)) == (State.OK, b"")

    def test_a_webhook_that_does_not(self) -> None:
        check = check_lock("lock", webhook(free_port()), MqttSettings())
        assert (check.state, "takes no connection" in check.detail) == (State.FAULT, True)

    def test_a_broker_that_is_not_there(self) -> None:
        check = check_broker(MqttSettings(host="127.0.0.1", port=free_port()))
        assert (check.state, "is not connected" in check.detail) == (State.FAULT, True)


def webhook(port: int) -> DoorConfig:
    keys = {"url": f"http://127.0.0.1:{port}/", "secret": "0123456789abcdef"}
    return DoorConfig.model_validate({"lock": "webhook", "webhook": keys})


def test_an_input_device(tmp_path: Path) -> None:
    for device in ("", str(tmp_path / "none")):
        check = check_reader("reader", ReaderSettings(driver="evdev", device=device))
        assert check.state is State.FAULT


def test_the_kernel_is_asked_about_the_clock() -> None:
    assert clock_synchronised() in (True, False, None)


def test_a_damaged_database_does_not_hide_the_other_checks(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "limen.db").write_bytes(b"no database" * 500)
    found = {check.name: check for check in examine(load_settings(data), {})}
    assert found["database"].state is State.FAULT
    assert found["models.embedding"].state is State.OK
    assert "audit" not in found
