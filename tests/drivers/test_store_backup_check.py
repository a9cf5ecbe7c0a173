"""A backup takes what is set on the pages along, and can be checked without making anything of it."""

from pathlib import Path

import pytest

from limen.config.written import WRITTEN_FILE, write
from limen.errors import BadDataError, NoInputError
from limen.store.backup_check import Checked
from limen.store.restore import restore
from store_samples import new_template, opened


def test_settings_come_back_and_every_byte_is_read(tmp_path: Path) -> None:
    data, new, backups = tmp_path / "data", tmp_path / "new", tmp_path / "backups"
    for folder in (new, backups):
        folder.mkdir()
    with opened(data) as store:
        store.enrol("Ann", [new_template(1)])
        bob = store.enrol("Bob", [new_template(2)]).person
        write(data, {"door": {"open_s": 7}})
        made = store.backups.make(backups / "a.backup")
        assert store.backups.check(made.file) == Checked(2, 0, made.events)
        store.people.delete(bob.id)
        assert store.backups.check(made.file) == Checked(1, 1, made.events)
        whole = made.file.read_bytes()
        for damaged in (whole[:-1], whole[:900] + bytes([whole[900] ^ 1]) + whole[901:], b"something else"):
            made.file.write_bytes(damaged)
            with pytest.raises(BadDataError):
                store.backups.check(made.file)
        made.file.write_bytes(whole)
        with pytest.raises(NoInputError):
            store.backups.check(backups / "nothing.backup")
    (new / "template.key").write_bytes((data / "template.key").read_bytes())
    (new / "template.key").chmod(0o600)
    assert WRITTEN_FILE in restore(new, made.file, None, {}).files
    assert (new / WRITTEN_FILE).read_text() == (data / WRITTEN_FILE).read_text()
    assert (new / WRITTEN_FILE).stat().st_mode & 0o777 == 0o600
