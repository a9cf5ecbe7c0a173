"""The page of everybody: searched, filtered, changed many at once."""

from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from limen.store.people_list import PersonState, Sort, Wanted, states
from limen.web.api.people_models import PeoplePage, item
from limen.web.pages import page_router, render
from limen.web.people_answers import model_in_use, moment_of
from limen.web.people_words import FILTERS, SORT_WORDS, STATE_WORDS, initials, tint
from limen.web.rights import Actor, Right, needs
from limen.web.site import Site, SiteDep

router = page_router()

_VIEW_COOKIE = "limen_people_view"
_SHOWN = 60


class Asked(BaseModel):
    """What the list is asked for; what makes no sense is as if it were not there."""

    search: str
    group: str
    state: PersonState | None
    sort: Sort
    after: str | None


def _asked(
    search: Annotated[str, Query(max_length=200)] = "",
    group: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[str, Query(max_length=30)] = "",
    sort: Annotated[str, Query(max_length=30)] = "",
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Asked:
    return Asked(
        search=search,
        group=group,
        state=PersonState(state) if state in list(PersonState) else None,
        sort=Sort(sort) if sort in list(Sort) else Sort.NAME,
        after=after,
    )


AskedDep = Annotated[Asked, Depends(_asked)]


@router.get("/people")
def people_screen(
    request: Request, site: SiteDep, asked: AskedDep, actor: Annotated[Actor, needs(Right.PEOPLE_SEE)]
) -> Response:
    """Everybody, as a grid or a list."""
    groups = [group.name for group in site.store.groups.all()]
    if asked.group not in groups:
        asked = asked.model_copy(update={"group": ""})
    counts = site.store.people_list.counts(model_in_use(site), moment_of(site))
    return render(
        request,
        "people.html",
        actor,
        groups=groups,
        counts=counts,
        everybody=site.store.people_list.size(),
        sorts=SORT_WORDS,
        filters=FILTERS,
        view="list" if request.cookies.get(_VIEW_COOKIE) == "list" else "grid",
        undo_s=site.settings.web.undo_s,
        model_missing=not model_in_use(site),
        **_some(site, asked),
    )


@router.get("/people/part")
def people_part(
    request: Request, site: SiteDep, asked: AskedDep, actor: Annotated[Actor, needs(Right.PEOPLE_SEE)]
) -> Response:
    """Some more of the list, to be put into the page."""
    return render(request, "people_part.html", actor, **_some(site, asked))


def _some(site: Site, asked: Asked) -> dict[str, Any]:
    """What the template of a part of the list needs."""
    moment = moment_of(site)
    wanted = Wanted(asked.search, asked.group or None, asked.state, asked.sort)
    found = site.store.people_list.page(wanted, model_in_use(site), moment, limit=_SHOWN, after=asked.after)
    items = [item(listed, states(listed, moment)) for listed in found.items]
    page = PeoplePage(items=items, next=found.next, total=found.total)
    return {"page": page, "asked": asked, "words": STATE_WORDS, "initials": initials, "tint": tint}
