"""``import limen``: the few names that do the same as the command line."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import limen
from limen.types import Embedding


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> limen.Engine:
    return limen.open_engine(str(tmp_path_factory.mktemp("data")))


def python(code: str, folder: Path, data: Path) -> str:
    environment = os.environ | {"LIMEN_DATA_DIR": str(data)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def example() -> str:
    """The indented block of the package's docstring."""
    lines = (limen.__doc__ or "").splitlines()
    return textwrap.dedent("\n".join(line for line in lines if line.startswith("    ")))


def test_the_example_in_the_documentation_runs_and_finds_the_same_person(shared: Path, tmp_path: Path) -> None:
    code = example()
    assert len(code.splitlines()) == 5
    people = shared / "data" / "people"
    assert python(f"{code}\nprint(same)", people, tmp_path) == "True"
    other = code.replace('"obama2.jpg"', '"biden.jpg"')
    assert other != code
    assert python(f"{other}\nprint(same)", people, tmp_path) == "False"


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("obama.jpg", "obama3.jpg", True),
        ("obama.jpg", "biden.jpg", False),
        ("lin-manuel-miranda.png", "alex-lacamoire.png", False),
    ],
)
def test_people_are_told_apart(engine: limen.Engine, shared: Path, a: str, b: str, same: bool) -> None:
    def embedding(name: str) -> Embedding:
        photo = limen.load_photo(shared / "data" / "people" / name)
        return engine.embed(photo.image, engine.find_faces(photo.image)[:1])[0]

    similarity = engine.compare(embedding(a), embedding(b))
    assert (similarity >= engine.thresholds.at_fmr(1e-3)) is same


def test_importing_it_is_quick(tmp_path: Path) -> None:
    heavy = "[name for name in ('numpy', 'cv2', 'onnxruntime', 'pydantic', 'PIL') if name in sys.modules]"
    assert python(f"import sys, limen; print({heavy})", tmp_path, tmp_path) == "[]"


def test_every_name_is_there_and_what_is_not_is_told() -> None:
    for name in limen.__all__:
        assert getattr(limen, name) is not None
    assert set(limen.__all__) <= set(dir(limen))
    assert limen.Embedding is Embedding
    with pytest.raises(AttributeError, match=r"no attribute 'open_engin'.*open_engine"):
        limen.open_engin  # type: ignore[attr-defined]  # noqa: B018 - the point of the test
    with pytest.raises(limen.LimenError):
        limen.load_photo("absent.jpg")
