"""What all tests share."""

import os
import shutil
from pathlib import Path

import pytest

from limen.config import load_settings
from limen.door.build import build_engine
from limen.engine import Engine
from limen.models.catalogue import load_catalogue
from limen.models.library import ModelLibrary
from limen.store import open_store
from limen_program import with_models

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real photos, models and reference values beside the project."""
    folder = (ROOT / os.environ.get("LIMEN_SHARED", "../shared")).resolve()
    if not (folder / "data").is_dir():
        reason = f"no test data: LIMEN_SHARED names {folder}, which has no folder 'data'"
        pytest.fail(reason) if os.environ.get("LIMEN_REQUIRE_ALL") == "1" else pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the default models, converted once for all tests and workers; not to be changed."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "default-models"
    library = ModelLibrary(load_catalogue(), folder)
    for model_id in ("mtcnn", "dlib-resnet"):
        library.networks(model_id)
    return folder


@pytest.fixture(scope="session")
def empty_data_dir(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Path:
    """A data folder with a database in which there is nobody; not to be changed."""
    folder = with_models(tmp_path_factory.mktemp("empty") / "data", models_folder)
    open_store(folder, environment={}).close()
    return folder


@pytest.fixture
def data_dir(tmp_path: Path, empty_data_dir: Path) -> Path:
    """A data folder of one's own in which there is nobody, and whose models need no conversion."""
    return shutil.copytree(empty_data_dir, tmp_path / "data", symlinks=True)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Engine:
    """The default models, loaded once."""
    return build_engine(load_settings(with_models(tmp_path_factory.mktemp("engine"), models_folder)))
