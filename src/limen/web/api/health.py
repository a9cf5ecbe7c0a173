"""``/api/v1/health``: what is wrong with this installation, and what to do."""

import os
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from limen.door.checks.base import Check, State
from limen.door.doctor import examine, healthy
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.site import SiteDep

router = api_router("health")

Seeing = Annotated[Actor, needs(Right.SETTINGS_SEE)]


class HealthCheck(BaseModel):
    """What was found of one part."""

    name: str
    state: State
    detail: str
    remedy: str = Field(description="What to do; empty where nothing is")


class HealthAnswer(BaseModel):
    """What was found of all parts."""

    ok: bool = Field(description="Whether nothing is at fault")
    faults: int
    warnings: int
    checks: list[HealthCheck]


@router.get("")
def health_examine(
    site: SiteDep, actor: Seeing,
    door: Annotated[
        str | None,
        Query(max_length=40, pattern="^[a-z0-9][a-z0-9-]*$", description="Only this door, beside what all share"),
    ] = None,
) -> HealthAnswer:  # fmt: skip
    """Look at models, cameras, clock, locks, disk, database, key and settings, as limen doctor; it takes seconds."""
    checks = list(examine(site.settings, os.environ, door))
    return HealthAnswer(
        ok=healthy(checks),
        faults=_count(checks, State.FAULT),
        warnings=_count(checks, State.WARNING),
        checks=[HealthCheck(name=one.name, state=one.state, detail=one.detail, remedy=one.remedy) for one in checks],
    )


def _count(checks: list[Check], state: State) -> int:
    return sum(check.state is state for check in checks)
