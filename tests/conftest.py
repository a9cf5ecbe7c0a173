"""What all tests share."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real photos, models and reference values beside the project."""
    folder = (ROOT / os.environ.get("LIMEN_SHARED", "../shared")).resolve()
    if not (folder / "data").is_dir():
        reason = f"no test data: LIMEN_SHARED names {folder}, which has no folder 'data'"
        pytest.fail(reason) if os.environ.get("LIMEN_REQUIRE_ALL") == "1" else pytest.skip(reason)
    return folder
