"""The networks: which there are, what their licences say, which are used, and moving to another one."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from limen.door.build import build_library
from limen.errors import BadDataError, ConfigError, UnknownNameError
from limen.models.catalogue import ModelEntry, Task, load_catalogue
from limen.models.sources import ModelStatus
from limen.types import ModelKey
from limen.web.migrating import Migrating, Stage
from limen.web.problem import Problem
from limen.web.rights import Right, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep

router = api_router("models")

ModelId = Annotated[str, Path(max_length=100, description="The model's id")]


class ModelView(BaseModel):
    """A network that is known."""

    id: str
    task: Task
    status: ModelStatus
    in_use: bool
    licence: str
    source: str
    accuracy: str = Field(description="What was published of it")
    templates: int | None = Field(description="How many templates it made; null for other tasks than embedding")


class ModelsView(BaseModel):
    """All networks that are known."""

    items: list[ModelView]


class Check(BaseModel):
    """Whether one file is what it should be."""

    file: str
    ok: bool
    message: str


class Checks(BaseModel):
    """What a check of a model's files came to."""

    ok: bool
    files: list[Check]


class Left(BaseModel):
    """Somebody who has no template of the new model."""

    id: str
    name: str


class MigrationView(BaseModel):
    """The newest migration."""

    stage: Stage
    model: str | None
    done: int
    people: int
    templates: int | None = Field(description="How many are new; null before the end")
    left: list[Left] = Field(description="Those who must be enrolled again: no photo of them was kept, or none fits")
    failure: str | None


def start(site: Site) -> Callable[[], None]:
    """Migrations end with the server."""
    return migrating(site).close


def migrating(site: Site) -> Migrating:
    """The site's migrations."""
    return site.part(Migrating, Migrating)


@router.get("", dependencies=[needs(Right.SETTINGS_SEE)])
def models_list(site: SiteDep) -> ModelsView:
    """Every model of the catalogues."""
    return ModelsView(items=views(site))


@router.get("/migration", dependencies=[needs(Right.SETTINGS_SEE)])
def models_migration(site: SiteDep) -> MigrationView:
    """How far the newest migration is."""
    progress = migrating(site).progress
    left = progress.came_to.left if progress.came_to else ()
    names = {person.id: person.name for person in site.store.people.all()} if left else {}
    return MigrationView(
        stage=progress.stage, model=progress.model, done=progress.done, people=progress.people,
        templates=progress.came_to.templates if progress.came_to else None,
        left=[Left(id=person, name=names[person]) for person in left if person in names], failure=progress.failure,
    )  # fmt: skip


@router.post("/{model}/verify", dependencies=[needs(Right.SETTINGS_CHANGE)])
def models_verify(model: ModelId, site: SiteDep) -> Checks:
    """Compare every file of a model with the digest it must have."""
    _entry(site, model)
    found = [Check(file=one.file, ok=one.ok, message=one.message) for one in build_library(site.settings).verify(model)]
    return Checks(ok=all(one.ok for one in found), files=found)


@router.post("/{model}/migration", status_code=HTTPStatus.ACCEPTED, dependencies=[needs(Right.SETTINGS_CHANGE)])
def models_migrate(model: ModelId, site: SiteDep) -> MigrationView:
    """Make templates of another model from the photos that were kept; it goes on beside everything else."""
    entry = _entry(site, model)
    if entry.task is not Task.EMBEDDING:
        raise BadDataError(f"{model} is a model for {entry.task}: templates are made by models for embedding")
    build_library(site.settings).networks(model)
    if not migrating(site).start(model):
        raise Problem(HTTPStatus.CONFLICT, "under-way", "A migration is under way: wait until it is over.")
    return models_migration(site)


@router.post("/{model}/use", dependencies=[needs(Right.SETTINGS_CHANGE)])
def models_use(model: ModelId, site: SiteDep) -> ModelsView:
    """Use a model from now on; people are recognised by an embedding model only once they have templates of it."""
    entry = _entry(site, model)
    if entry.task not in (Task.DETECTION, Task.EMBEDDING):
        raise ConfigError(f"{model} is a model for {entry.task}: only detection and embedding have one in use")
    build_library(site.settings).networks(model)
    site.desk.change({"models": {entry.task.value: model}})
    return models_list(site)


def views(site: Site) -> list[ModelView]:
    """Every model, with how many templates it made."""
    settings, library = site.settings, build_library(site.settings)
    counts = site.store.templates.models()
    used = (settings.models.detection, settings.models.embedding)
    return [
        ModelView(
            id=entry.id, task=entry.task, status=library.status(entry.id), in_use=entry.id in used,
            licence=entry.licence, source=entry.source, accuracy=entry.accuracy.result,
            templates=_templates(entry, counts) if entry.task is Task.EMBEDDING else None,
        )
        for entry in load_catalogue(settings.models.catalogues).entries
    ]  # fmt: skip


def _templates(entry: ModelEntry, counts: Mapping[ModelKey, int]) -> int:
    """How many templates a model made, however faces were prepared for it."""
    return sum(count for key, count in counts.items() if key.startswith(f"{entry.id}:"))


def _entry(site: Site, model: str) -> ModelEntry:
    entries = load_catalogue(site.settings.models.catalogues).entries
    found = next((entry for entry in entries if entry.id == model), None)
    if found is None:
        raise UnknownNameError(f"no model is called {model!r}: the list of models shows what there is")
    return found
