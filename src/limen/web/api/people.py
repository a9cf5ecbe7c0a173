"""Everybody: listed, added, changed many at once, taken in and out as a table."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query, Response
from pydantic import Field

from limen.door.people_csv import CellError, Import, Planned, import_csv, write_csv
from limen.errors import BadDataError, UnknownNameError
from limen.store.people_edit import PersonFacts
from limen.store.people_list import PersonState, Sort, Wanted, states
from limen.store.people_table import Change
from limen.types import PersonId
from limen.web.api.people_models import (
    Bulk,
    BulkAction,
    BulkResult,
    BulkResults,
    NewPerson,
    PeoplePage,
    Person,
    Told,
    editable,
    item,
)
from limen.web.etags import etag
from limen.web.paging import After, Limit
from limen.web.people_answers import model_in_use, moment_of, person_of
from limen.web.people_parts import NO_STORE, RawBody, body_of, check_change, erase_in_time, file_answer, may_change
from limen.web.problem import Problem
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep

router = api_router("people")
start = erase_in_time
"""Called once while the application is served."""

_BOM = "\ufeff"
_MOST_TOLD = 1000


class ImportedPerson(Told):
    """What a row does."""

    row: int = Field(description="As in a spreadsheet: the header is row 1")
    person: str
    does: str = Field(description="new, changed or unchanged")
    columns: list[str] = Field(description="Those that differ")


class RowError(Told):
    """What is wrong with a row."""

    row: int
    column: str | None
    error: str


class ImportResult(Told):
    """What a table did, or would do; with errors nothing was changed. At most 1000 people and errors are listed."""

    rows: int
    new: int
    changed: int
    unchanged: int
    new_groups: list[str]
    imported: bool
    allowed: bool = Field(
        description="Whether whoever asks may do it: groups ask for the right rules_change, enabling for people_delete"
    )
    people: list[ImportedPerson]
    errors: list[RowError]


@router.get("", dependencies=[needs(Right.PEOPLE_SEE)])
def people_list(
    site: SiteDep,
    limit: Limit = 50,
    after: After = None,
    search: Annotated[str, Query(max_length=200, description="A part of the name, without regard to accents")] = "",
    group: Annotated[str | None, Query(min_length=1, max_length=200, description="Only those in this group")] = None,
    state: Annotated[PersonState | None, Query(description="Only those of whom this holds")] = None,
    sort: Sort = Sort.NAME,
) -> PeoplePage:
    """The people, a page at a time."""
    moment = moment_of(site)
    wanted = Wanted(search, group, state, sort)
    try:
        page = site.store.people_list.page(wanted, model_in_use(site), moment, limit=limit, after=after)
    except UnknownNameError as error:
        raise BadDataError(str(error)) from error
    items = [item(listed, states(listed, moment)) for listed in page.items]
    return PeoplePage(items=items, next=page.next, total=page.total)


@router.post("", status_code=HTTPStatus.CREATED)
def people_add(
    site: SiteDep, new: NewPerson, response: Response, actor: Annotated[Actor, needs(Right.PEOPLE_CHANGE)]
) -> Person:
    """Add somebody, who has no photos yet; to groups only by those who change rules."""
    check_change(actor, groups=bool(new.groups))
    facts = PersonFacts(
        new.name, frozenset(new.groups), new.valid_from, new.valid_until, disabled=False, faceless=new.faceless
    )
    person = site.store.people_edits.add(facts)
    response.headers["Location"] = f"/api/v1/people/{person}"
    response.headers["ETag"] = etag(editable(site.store.people_edits.facts(person)))
    return person_of(site, actor, person)


@router.post("/bulk")
def people_bulk(site: SiteDep, bulk: Bulk, actor: Annotated[Actor, needs(Right.PEOPLE_CHANGE)]) -> BulkResults:
    """Change many people at once; whoever cannot be changed is told, and the others are.

    Groups are changed only by those who change rules, and only those who delete people enable somebody again.
    """
    check_change(
        actor, groups=bulk.action in (BulkAction.JOIN, BulkAction.LEAVE), enables=bulk.action is BulkAction.ENABLE
    )
    ids = [PersonId(one) for one in bulk.ids]
    erase_at = None
    if bulk.action in (BulkAction.REMOVE, BulkAction.RESTORE) and not actor.can(Right.PEOPLE_DELETE):
        raise Problem(HTTPStatus.FORBIDDEN, "not-allowed", "Your role does not allow this: ask an owner or admin.")
    if bulk.action is BulkAction.REMOVE:
        erase_at = datetime.now(UTC) + timedelta(seconds=site.settings.web.undo_s)
        refused = site.store.people_edits.remove_many(ids, erase_at, actor.key)
    elif bulk.action is BulkAction.RESTORE:
        refused = site.store.people_edits.restore_many(ids)
    else:
        change = _Change(bulk.action, _group(site, bulk))
        refused = site.store.people_edits.edit_many(ids, change)
    why = {refusal.person: str(refusal.error) for refusal in refused}
    results = [BulkResult(id=one, done=one not in why, detail=why.get(one)) for one in dict.fromkeys(ids)]
    return BulkResults(results=results, erase_at=erase_at)


@router.get(
    "/table", dependencies=[needs(Right.PEOPLE_CHANGE)], response_class=Response,
    responses=file_answer("text/csv", binary=False),
)  # fmt: skip
def people_table(site: SiteDep) -> Response:
    """Everybody as CSV, to be changed and imported again; cards are in it, PINs are not. It is put on record."""
    zone = ZoneInfo(site.settings.site.time_zone)
    text = _BOM + write_csv(site.store.people_table.export().entries.values(), zone)
    headers = {"Content-Disposition": 'attachment; filename="people.csv"', **NO_STORE}
    return Response(text.encode(), media_type="text/csv", headers=headers)


@router.post("/table", openapi_extra=body_of("text/csv", "application/octet-stream"))
def people_import(
    site: SiteDep,
    table: RawBody,
    actor: Annotated[Actor, needs(Right.PEOPLE_CHANGE)],
    dry_run: Annotated[bool, Query(description="Say what would be done, and change nothing")] = False,
) -> ImportResult:
    """Add and change people as a CSV file says: all of it, or nothing if anything in it is wrong."""
    zone, allowed = ZoneInfo(site.settings.site.time_zone), True

    def check(changes: Sequence[Change]) -> None:
        nonlocal allowed
        groups, enables = any(map(_regroups, changes)), any(map(_enables, changes))
        allowed = may_change(actor, groups=groups, enables=enables)
        if not dry_run:
            check_change(actor, groups=groups, enables=enables)

    return _told(import_csv(site.store.people_table, table, zone, dry_run=dry_run, check=check), dry_run, allowed)


class _Change:
    """What a bulk action makes of one of them."""

    def __init__(self, action: BulkAction, group: str) -> None:
        self._action, self._group = action, group

    def __call__(self, facts: PersonFacts) -> PersonFacts:
        group = frozenset((self._group,))
        if self._action is BulkAction.JOIN:
            return replace(facts, groups=facts.groups | group)
        if self._action is BulkAction.LEAVE:
            return replace(facts, groups=facts.groups - group)
        if facts.erase_at is not None:
            raise BadDataError(f"{facts.name} is being deleted: restore them first")
        return replace(facts, disabled=self._action is BulkAction.DISABLE)


def _group(site: Site, bulk: Bulk) -> str:
    """The group's own name; empty where the action needs none.

    Raises:
        BadDataError: it needs one that is not there.
    """
    if bulk.action not in (BulkAction.JOIN, BulkAction.LEAVE):
        return ""
    if bulk.group is None:
        raise BadDataError("a group was expected: give its name")
    try:
        return site.store.groups.find(bulk.group).name
    except UnknownNameError as error:
        raise BadDataError(str(error)) from error


def _regroups(change: Change) -> bool:
    return change.after.groups != (frozenset() if change.before is None else change.before.groups)


def _enables(change: Change) -> bool:
    return change.before is not None and change.before.disabled and not change.after.disabled


def _told(result: Import, dry_run: bool, allowed: bool) -> ImportResult:
    return ImportResult(
        rows=result.rows,
        new=result.new,
        changed=result.changed,
        unchanged=result.unchanged,
        new_groups=list(result.new_groups),
        imported=not (dry_run or result.errors),
        allowed=allowed,
        people=[_told_row(planned) for planned in result.planned[:_MOST_TOLD]],
        errors=[_told_error(error) for error in result.errors[:_MOST_TOLD]],
    )


def _told_row(planned: Planned) -> ImportedPerson:
    does = "new" if planned.new else "changed" if planned.columns else "unchanged"
    return ImportedPerson(row=planned.row, person=planned.name, does=does, columns=list(planned.columns))


def _told_error(error: CellError) -> RowError:
    return RowError(row=error.row, column=error.column, error=error.error)
