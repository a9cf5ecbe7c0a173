"""``limen people import`` and ``limen people csv``, in this process and with a real store."""

import json
import stat
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner, Result

from limen.cli.context import Context
from limen.cli.people_csv import export_people, import_people
from limen.errors import BadDataError, NoInputError, StoreError
from limen.store import open_store

TABLE = 'name;groups;valid_until;cards\r\n=Ann;"Staff;Night";2026-12-31;32:0000000f\r\nJosé;;;\r\n'
root = typer.Typer(pretty_exceptions_enable=False)
people = typer.Typer()
people.command("import")(import_people)
people.command("csv")(export_people)
root.add_typer(people, name="people")


@root.callback()
def options(
    ctx: typer.Context,
    data_dir: Annotated[Path, typer.Option("--data-dir")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    ctx.obj = Context(as_json, data_dir)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in which there is nobody, on a site in Berlin."""
    folder = tmp_path / "data"
    open_store(folder, environment={}).close()
    (folder / "config.toml").write_text('[site]\ntime_zone = "Europe/Berlin"\n')
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    file.write_bytes(TABLE.encode())
    return file


def limen(data: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(root, ["--data-dir", str(data), "people", *map(str, arguments)])


def document(data: Path, *arguments: str | Path, code: int = 0) -> dict[str, Any]:
    result = CliRunner().invoke(root, ["--json", "--data-dir", str(data), "people", *map(str, arguments)])
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_table_is_imported_once(data: Path, file: Path) -> None:
    first = document(data, "import", file)
    assert first == {
        "rows": 2, "new": 2, "changed": 0, "unchanged": 0, "new_groups": ["Night", "Staff"], "imported": True,
        "people": [
            {"row": 2, "person": "=Ann", "does": "new", "columns": ["groups", "valid_until", "cards"]},
            {"row": 3, "person": "José", "does": "new", "columns": []},
        ],
        "errors": [],
    }  # fmt: skip
    again = document(data, "import", file)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 2)
    assert limen(data, "import", file).stdout == "2 row(s): 0 new, 0 changed, 2 unchanged\n"


def test_a_dry_run_says_row_by_row_what_would_be_done(data: Path, file: Path) -> None:
    result = limen(data, "import", file, "--dry-run")
    assert result.stdout.splitlines() == [
        "row 2: =Ann: new (groups, valid_until, cards)",
        "row 3: José: new",
        "group Night: new",
        "group Staff: new",
        "2 row(s): 2 new, 0 changed, 0 unchanged; nothing was imported, this was a dry run",
    ]
    assert document(data, "import", file, "--dry-run")["new"] == 2
    with open_store(data, environment={}) as store:
        assert store.people.all() == []


def test_errors_are_told_by_row_and_column(data: Path, file: Path) -> None:
    file.write_text("name,number\nAnn,1\n,x\n")
    found = document(data, "import", file, code=BadDataError.exit_code)
    assert [(error["row"], error["column"]) for error in found["errors"]] == [(3, "name"), (3, "number")]
    assert all(error["error"] for error in found["errors"])
    assert (found["imported"], found["rows"], found["new"]) == (False, 2, 1)
    result = limen(data, "import", file)
    assert result.exit_code == BadDataError.exit_code
    assert result.stdout == "2 row(s), 2 error(s): nothing was imported\n"
    assert "row 3, column number: a number has 1 to 12 digits" in result.stderr
    with open_store(data, environment={}) as store:
        assert store.people.all() == []


def test_what_is_written_is_safe_to_open_and_is_imported_again(data: Path, file: Path, tmp_path: Path) -> None:
    limen(data, "import", file)
    out = tmp_path / "everybody.csv"
    assert document(data, "csv", "--out", out) == {"people": 2, "file": str(out)}
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    text = out.read_text(encoding="utf-8-sig")
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    assert text.splitlines()[1].startswith('"\'=Ann","Night;Staff","","2026-12-31","no","no","32:0000000f"')
    assert document(data, "csv") == {"people": 2, "csv": text.replace("\n", "\r\n")}
    assert limen(data, "csv").stdout.splitlines() == text.splitlines()
    assert document(data, "import", out)["unchanged"] == 2


def test_files_that_are_not_there_or_cannot_be_written(data: Path, tmp_path: Path) -> None:
    for absent in (tmp_path / "absent.csv", tmp_path):
        assert isinstance(limen(data, "import", absent).exception, NoInputError)
    assert isinstance(limen(data, "csv", "--out", tmp_path / "no" / "folder.csv").exception, StoreError)
    (tmp_path / "latin.csv").write_bytes("name\nJosé\n".encode("latin-1"))
    refused = limen(data, "import", tmp_path / "latin.csv").exception
    assert isinstance(refused, BadDataError)
    assert "not UTF-8" in str(refused)
