"""``/api/v1/backups``: everything in one encrypted file; it is restored with ``limen restore``."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import Path, Response
from pydantic import BaseModel, Field
from starlette.responses import FileResponse

from limen.audit.events import AuditEvent, EventType
from limen.web.backup_folder import BackupFile, BackupFolder, headers_for
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep

router = api_router("backups")

Seeing = Annotated[Actor, needs(Right.SETTINGS_SEE)]
Changing = Annotated[Actor, needs(Right.SETTINGS_CHANGE)]
BackupName = Annotated[str, Path(max_length=60, description="As limen-20261128-170000.backup, or people.keys")]
_FILE = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


class BackupAnswer(BaseModel):
    """A backup on this machine."""

    name: str
    size: int = Field(description="In bytes")
    made_at: datetime

    @classmethod
    def of(cls, one: BackupFile) -> Self:
        """The backup as it is told."""
        return cls(name=one.name, size=one.size, made_at=one.made_at)


class MadeBackup(BackupAnswer):
    """A backup that was just made."""

    people: int
    events: int
    sha256: str


class BackupList(BaseModel):
    """The backups, the newest first."""

    items: list[BackupAnswer]
    folder: str


class BackupCheck(BaseModel):
    """What is in a backup, of which every byte was read."""

    whole: bool
    people: int
    erased: int = Field(description="Deleted since; nobody can read them any more")
    events: int


@router.get("")
def backups_list(site: SiteDep, actor: Seeing) -> BackupList:
    """The backups that were made here; those of ``limen backup`` lie elsewhere."""
    folder = folder_of(site)
    return BackupList(items=[BackupAnswer.of(one) for one in folder.all()], folder=str(folder.path))


@router.post("", status_code=HTTPStatus.CREATED)
def backups_create(response: Response, site: SiteDep, actor: Changing) -> MadeBackup:
    """Write everything to one file while the doors run; it is on record."""
    file, made = folder_of(site).make(datetime.now(UTC))
    response.headers["Location"] = f"{router.prefix}/{file.name}"
    told = BackupAnswer.of(file).model_dump()
    return MadeBackup(**told, people=made.people, events=made.events, sha256=made.sha256)


@router.get("/{name}", response_class=FileResponse, responses={200: _FILE})
def backups_download(name: BackupName, site: SiteDep, actor: Changing) -> FileResponse:
    """The file itself. ``people.keys`` is the copy of people's keys that a restore needs beside a backup.

    That it is fetched is put on record before.
    """
    path = folder_of(site).find(name)
    # Not as a backup that was made: whoever asks for the newest of those must not find this.
    site.store.events.append(AuditEvent(EventType.AUDIT_EXPORTED, datetime.now(UTC), reason="backup", detail=name))
    return FileResponse(path, media_type="application/octet-stream", headers=dict(headers_for(name)))


@router.post("/{name}/check")
def backups_check(name: BackupName, site: SiteDep, actor: Seeing) -> BackupCheck:
    """Read a backup from end to end; 422 where it is damaged."""
    found = folder_of(site).check(name)
    return BackupCheck(whole=True, people=found.people, erased=found.erased, events=found.events)


@router.delete("/{name}", status_code=HTTPStatus.NO_CONTENT)
def backups_delete(name: BackupName, site: SiteDep, actor: Changing) -> None:
    """Delete a backup from this machine; that is put on record before."""
    folder = folder_of(site)
    folder.backup(name)
    site.store.events.append(
        AuditEvent(EventType.SETTINGS_CHANGED, datetime.now(UTC), reason="backup deleted", detail=name)
    )
    folder.delete(name)


def folder_of(site: Site) -> BackupFolder:
    """The backups of the site."""
    return site.part(BackupFolder, lambda one: BackupFolder(one.settings.data_dir, one.store))
