"""Lists, a page at a time."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=200, description="So many at most")]
After = Annotated[
    str | None, Query(max_length=500, description="The `next` of the page before; none for the first page")
]


class Page(BaseModel, Generic[Item]):
    """Some of a list; ``next`` is what ``after`` must be for those that follow, null where none do."""

    items: list[Item]
    next: str | None = Field(description="For `after`; null on the last page")
