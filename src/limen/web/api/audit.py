"""``/api/v1/audit``: whether the record is whole, and its end, to keep elsewhere."""

import base64
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from pydantic import BaseModel, Field

from limen.audit.record import Head
from limen.web.audit_check import AuditCheck, AuditChecker, CheckState
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep

router = api_router("audit")

Seeing = Annotated[Actor, needs(Right.AUDIT_SEE)]


class AuditHead(BaseModel):
    """The end of the chain of records."""

    sequence: int
    hash: str = Field(description="Hexadecimal")


class AuditSeal(AuditHead):
    """The end of the chain, sealed."""

    key: str = Field(description="The public key that checks seals, base64")
    options: str = Field(description="For limen audit verify, wherever this is kept")


class AuditFinding(BaseModel):
    """The first record that does not fit."""

    sequence: int
    what: str
    text: str


class AuditCheckAnswer(BaseModel):
    """A check of the whole record."""

    state: CheckState
    started_at: datetime | None
    looked_at: int
    records: int
    seals: int | None
    verified: bool | None = Field(description="Null until the check is done")
    first_broken: AuditFinding | None
    failure: str | None

    @classmethod
    def of(cls, check: AuditCheck) -> Self:
        """The check as it is told."""
        found, broken = check.found, check.found.first_broken if check.found else None
        return cls(
            state=check.state, started_at=check.started_at, looked_at=check.looked_at, records=check.records,
            seals=None if found is None else found.seals, verified=None if found is None else broken is None,
            first_broken=None
            if broken is None
            else AuditFinding(sequence=broken.sequence, what=broken.what, text=broken.what.text),
            failure=check.failure,
        )  # fmt: skip


@router.get("/head")
def audit_head(site: SiteDep, actor: Seeing) -> AuditHead:
    """Where the chain of records ends now."""
    return _head(site.store.events.head())


@router.post("/seal")
def audit_seal(site: SiteDep, actor: Annotated[Actor, needs(Right.SETTINGS_CHANGE)]) -> AuditSeal:
    """Seal all records up to now. What comes back proves later, kept elsewhere, that none was made anew."""
    head, key = site.store.events.seal()
    public = base64.b64encode(key).decode("ascii")
    return AuditSeal(**_head(head).model_dump(), key=public, options=f"--head {head} --key {public}")


@router.post("/check", status_code=HTTPStatus.ACCEPTED)
def audit_check_start(site: SiteDep, actor: Seeing) -> AuditCheckAnswer:
    """Begin to check every record, unless a check is under way; GET tells how far it is."""
    return AuditCheckAnswer.of(checker_of(site).start())


@router.get("/check")
def audit_check_get(site: SiteDep, actor: Seeing) -> AuditCheckAnswer:
    """How far the newest check is, and what it found."""
    return AuditCheckAnswer.of(checker_of(site).check)


def checker_of(site: Site) -> AuditChecker:
    """What checks the record of the site."""
    return site.part(AuditChecker, lambda one: AuditChecker(one.store))


def _head(head: Head) -> AuditHead:
    return AuditHead(sequence=head.sequence, hash=head.hash.hex())
