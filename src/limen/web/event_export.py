"""Events as a file that is written while it is sent: a page of them in memory at a time."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from limen.door.people_cells import guarded
from limen.store import EventRecord, Store
from limen.store.events import EventFilter
from limen.web.event_filters import EventSelection
from limen.web.event_words import EventTeller, EventView

_PAGE = 1000
_SCORES = ("similarity", "threshold")
COLUMNS = (
    "sequence", "at", "type", "door", "person_id", "person", "reason", "words", "why", "detail", "actor", "label",
    "label_person", "has_crop", *_SCORES,
)  # fmt: skip


class ExportFormat(StrEnum):
    """How events are written."""

    CSV = "csv"
    JSONL = "jsonl"

    @property
    def media_type(self) -> str:
        """How HTTP names it."""
        return "text/csv; charset=utf-8" if self is ExportFormat.CSV else "application/jsonl; charset=utf-8"


class EventExport(EventSelection):
    """Which events are exported, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    kind: Annotated[ExportFormat, Field(alias="format", description="A table, or an object a line")] = ExportFormat.CSV
    names: Annotated[bool, Field(description="Whether it tells whom events are about")] = True


def all_up_to(
    store: Store, end: int, door: str | None, only: EventFilter | None, *, names: bool = True
) -> Iterator[list[EventRecord]]:
    """The events that are wanted up to the number ``end``, the oldest first, a page at a time.

    Without ``names`` they do not tell whom they are about.

    Raises:
        StoreError: the database cannot be read.
    """
    after = 0
    while only is not None and (found := store.events.oldest(_PAGE, door=door, after=after, only=only)):
        after = found[-1].sequence
        page = [record for record in found if record.sequence <= end]
        yield page if names else [replace(record, event=replace(record.event, person=None)) for record in page]
        if len(page) < len(found):
            return


def as_text(
    pages: Iterator[list[EventRecord]], teller: EventTeller, format_: ExportFormat, *, names: bool = True
) -> Iterator[str]:
    """The events as the lines of a file, a page at a time."""
    if format_ is ExportFormat.CSV:
        yield _table([COLUMNS])
    for page in pages:
        views = teller.tell(page)
        if not names:
            views = [_unnamed(view) for view in views]
        if format_ is ExportFormat.CSV:
            yield _table(_cells(view) for view in views)
        else:
            yield "".join(f"{view.model_dump_json()}\n" for view in views)


def _unnamed(view: EventView) -> EventView:
    if view.label is None or view.label.person is None:
        return view
    return view.model_copy(update={"label": view.label.model_copy(update={"person": None})})


def _cells(view: EventView) -> tuple[object, ...]:
    label = view.label
    said = ("", "") if label is None else (label.kind, "" if label.person is None else label.person.name)
    who = ("", "") if view.person is None else (view.person.id, view.person.name)
    return (
        view.sequence, view.at.isoformat(), view.type.value, view.door, *who, view.reason, view.words, view.why,
        view.detail, view.actor, *said, "yes" if view.has_crop else "no", view.similarity, view.threshold,
    )  # fmt: skip


def _table(rows: Iterator[tuple[object, ...]] | list[tuple[str, ...]]) -> str:
    """Rows as CSV in which no spreadsheet finds a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow(guarded(cell) if isinstance(cell, str) else cell for cell in row)
    return text.getvalue()
