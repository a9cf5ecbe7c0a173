"""The schema of the API is its contract: whatever is sent, the answer is one that the schema tells of."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from limen.door.build import build_engine
from limen.door.engines import EnginePool
from limen.web.app import build_app
from limen.web.site import Site
from limen_program import with_models
from web_site import ADDRESS, WebSite, make_site

CONFIG = """
[doors.front]
camera = "browser"
[doors.back]
level = "card"
reader = { driver = "http", token = "0123456789abcdef" }
"""
ENDLESS = "/api/v1/events/stream"
SCHEMA = build_app(cast("Site", None)).openapi()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in SCHEMA["paths"].items()
    for method, operation in operations.items()
    if path != ENDLESS
}
WRONG_IS_POSSIBLE = [
    label for label, operation in OPERATIONS.items() if operation.get("parameters") or "requestBody" in operation
]
CASES = [(label, GenerationMode.POSITIVE) for label in OPERATIONS] + [
    (label, GenerationMode.NEGATIVE) for label in WRONG_IS_POSSIBLE
]
EXAMPLES = settings(
    max_examples=int(os.environ.get("SCHEMATHESIS_EXAMPLES", "6")),
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[WebSite]:
    site = make_site(with_models(tmp_path_factory.mktemp("site"), models_folder), CONFIG)
    site.house.engines = EnginePool(lambda: build_engine(site.site.settings), size=1)
    site.anonymous()
    yield site
    site.close()


@pytest.fixture(scope="module")
def owner(site: WebSite) -> dict[str, str]:
    return {"Authorization": f"Bearer {site.store.tokens.add('a test', 'owner')[1]}"}


@pytest.fixture(scope="module")
def operations(site: WebSite) -> dict[str, Any]:
    """Every operation of the schema, by method and path."""
    config = schemathesis.Config.from_dict({"cache": {"enabled": False}})
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", site.app, config=config)
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


@pytest.mark.parametrize(("label", "mode"), CASES)
def test_every_operation(label: str, mode: GenerationMode, operations: dict[str, Any], owner: dict[str, str]) -> None:
    """What fits the schema may still be refused, with 422: that a time zone exists, no schema can say.

    A parameter that the query repeats is no mistake that shows: its last value counts.
    """

    @EXAMPLES
    @given(case=operations[label].as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case) -> None:
        repeats = any(isinstance(value, list) for value in (case.query or {}).values())
        unsaid = [positive_data_acceptance, *([negative_data_rejection] if repeats else [])]
        case.call_and_validate(base_url=ADDRESS, headers=owner, excluded_checks=unsaid)

    holds()


def test_there_are_operations() -> None:
    assert len(OPERATIONS) > 100
