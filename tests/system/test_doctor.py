"""``limen doctor`` as people start it."""

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from limen.audit.events import AuditEvent, EventType
from limen.models.catalogue import load_catalogue
from limen.store import open_store
from limen_program import Document, limen

SHARED = {"models.detection", "models.embedding", "calibration", "disk", "permissions", "key", "database", "clock",
          "liveness", "settings", "status", "voice", "mqtt"}  # fmt: skip
WITH_STORE = SHARED | {"audit", "backups", "people", "rules"}
PARTS = ("level", "camera", "lock", "reader")


def doctor(data: Path, *options: str, code: int = 0, **settings: str) -> Document:
    """The checks by their names, of a run that ended with ``code``."""
    ran = limen("doctor", *options, "--json", data=data, **settings)
    assert (ran.code, ran.err) == (code, ""), ran.out + ran.err
    document = ran.document()
    assert document["ok"] == (code == 0)
    checks = {check["name"]: check for check in document["checks"]}
    assert len(checks) == len(document["checks"])
    for check in checks.values():
        assert set(check) == {"name", "state", "detail", "remedy"}
        assert bool(check["remedy"]) == (check["state"] != "ok"), check
    return checks


def faults(checks: Document) -> set[str]:
    return {name for name, check in checks.items() if check["state"] == "fault"}


def changed_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_folder_that_is_not_there_has_no_faults_and_is_not_made(tmp_path: Path) -> None:
    checks = doctor(tmp_path / "none")
    assert set(checks) == SHARED
    assert (checks["models.embedding"]["state"], checks["database"]["state"]) == ("ok", "warning")
    assert not (tmp_path / "none").exists()


def test_a_store_in_which_nobody_is(data_dir: Path) -> None:
    checks = doctor(data_dir)
    assert set(checks) == WITH_STORE
    assert {checks[name]["state"] for name in ("calibration", "permissions", "key", "database", "audit")} == {"ok"}
    assert checks["people"]["detail"] == "nobody is enrolled"
    assert "lets everybody through every door" in checks["rules"]["detail"]


def test_for_people_it_is_a_line_a_check(data_dir: Path) -> None:
    ran = limen("doctor", data=data_dir)
    lines = ran.out.splitlines()
    assert (ran.code, len(lines)) == (0, len(WITH_STORE) + 1)
    assert {line.split()[0] for line in lines[:-1]} == {"ok", "warning"}
    assert lines[-1].startswith("0 faults, ")


def test_a_key_that_others_may_read(data_dir: Path) -> None:
    (data_dir / "template.key").chmod(0o644)
    checks = doctor(data_dir, code=1)
    assert faults(checks) == {"key"}
    assert checks["key"]["remedy"] == f"chmod 600 {data_dir / 'template.key'}"
    assert checks["database"]["state"] == "ok", "it is whole all the same"


def test_a_model_with_a_flipped_byte(data_dir: Path) -> None:
    models = (data_dir / "models").resolve()
    (data_dir / "models").unlink()
    shutil.copytree(models, data_dir / "models")
    entry = load_catalogue().entry("dlib-resnet")
    (converted,) = (data_dir / "models" / f"{entry.id}-{entry.digest[:16]}").glob("*.onnx")
    changed_byte(converted)
    checks = doctor(data_dir, code=1)
    assert checks["models.embedding"]["state"] == "fault"
    assert checks["models.embedding"]["remedy"] == "limen models verify dlib-resnet --repair"
    assert checks["models.detection"]["state"] == "ok"
    assert faults(checks) <= {"models.embedding", "calibration", "people"}


def test_a_record_that_was_altered(data_dir: Path) -> None:
    with open_store(data_dir, environment={}) as store:
        for reason in ("unknown", "blurred"):
            store.events.append(AuditEvent(EventType.ACCESS_DENIED, datetime.now(UTC), "front", reason=reason))
    assert not faults(doctor(data_dir))
    with closing(sqlite3.connect(data_dir / "limen.db")) as database, database:
        database.execute("UPDATE events SET reason = 'blurred' WHERE sequence = 1")
    checks = doctor(data_dir, code=1)
    assert faults(checks) == {"audit"}
    assert checks["audit"]["detail"].startswith("record 1: ")


@pytest.fixture
def doors(data_dir: Path) -> Path:
    """A data folder with a door whose level lacks liveness, and one that a card opens."""
    (data_dir / "config.toml").write_text(
        """
[doors.lab]
camera = "nowhere.mp4"
level = "convenience"

[doors.gate]
level = "card"
reader.driver = "stdin"
""",
        "utf-8",
    )
    return data_dir


def test_a_door_whose_level_lacks_liveness(doors: Path) -> None:
    checks = doctor(doors, code=1)
    assert set(checks) == WITH_STORE | {f"doors.{door}.{part}" for door in ("lab", "gate") for part in PARTS}
    assert "lacks passive liveness" in checks["doors.lab.level"]["detail"]
    assert "nowhere.mp4" in checks["doors.lab.camera"]["detail"]
    assert checks["doors.gate.level"]["state"] == "ok"
    assert faults(checks) == {"doors.lab.level", "doors.lab.camera"}


def test_one_door_alone(doors: Path) -> None:
    checks = doctor(doors, "--door", "gate")
    assert set(checks) == WITH_STORE | {f"doors.gate.{part}" for part in PARTS}
    ran = limen("doctor", "--door", "roof", data=doors)
    assert (ran.code, "there are: lab, gate" in ran.err) == (66, True)


def test_a_camera_that_shows_something(doors: Path, shared: Path) -> None:
    film = f'{{"lab": {{"camera": "{shared / "data" / "people"}", "level": "face"}}}}'
    checks = doctor(doors, "--door", "lab", LIMEN_DOORS=film)
    assert checks["doors.lab.camera"]["detail"].startswith("it delivers pictures of ")
    assert checks["doors.lab.level"]["state"] == "warning"


def test_settings_that_cannot_be_read_are_told_as_by_any_command(data_dir: Path) -> None:
    (data_dir / "config.toml").write_text("[door]\nopen = 4\n", "utf-8")
    ran = limen("doctor", "--json", data=data_dir)
    assert (ran.code, ran.out, "door.open" in ran.err) == (78, "", True)


def test_nothing_is_changed(doors: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in doors.iterdir() if not path.name.startswith("limen.db-")}
    doctor(doors, "--door", "gate")
    after = {path.name: path.stat().st_mtime_ns for path in doors.iterdir() if not path.name.startswith("limen.db-")}
    assert after == before
    assert os.listdir(doors / "models")
