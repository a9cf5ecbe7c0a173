"""Every route there is says who may use it, and refuses everybody else."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse

from limen.store.invitations import InvitationKind
from limen.web.app import areas
from limen.web.identity import INVITATION
from limen.web.rights import ACCOUNT_ROLES, RIGHTS, Right, Role, rights_of
from web_site import WebSite, make_site

ROUTES: list[Any] = [route for area in areas() for route in area.router.routes]
PUBLIC = {
    "/api/v1/enrolments/{enrolment}/trial",
    "/api/v1/pairing",
    "/api/v1/session",
    "/api/v1/setup",
    "/ca.crt",
    "/display",
    "/enrol/me",
    "/enrol/{secret}",
    "/pair/{secret}",
    "/setup",
    "/sign-in",
}
"""What those may ask for who are not signed in: how to sign in, and the first step of setting up."""
MEASURED = re.compile(r"similarity|threshold|embedding|vector|template")


def filled(route: Any) -> str:
    """The route's path with something in place of its parameters."""
    return re.sub(r"\{\w+(:\w+)?\}", "1", route.path)


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Role | None, TestClient]]:
    site = make_site(tmp_path_factory.mktemp("site"))
    found: dict[Role | None, TestClient] = {role: site.client(role) for role in ACCOUNT_ROLES}
    yield {**found, None: site.anonymous(), Role.KIOSK: site.kiosk("another"), Role.INVITED: invited(site)}
    site.close()


def invited(site: WebSite) -> TestClient:
    person, later = site.store.people.add("Anna"), datetime.now(UTC) + timedelta(hours=1)
    _, secret = site.store.invitations.add(InvitationKind.ENROL, person=person.id, expires_at=later)
    client = site.anonymous()
    client.cookies.set(INVITATION, secret)
    return client


def ask(client: TestClient, route: Any) -> Iterator[int]:
    """What each method of the route answers."""
    if isinstance(route, APIWebSocketRoute):
        with pytest.raises(WebSocketDenialResponse) as refused, WebSite.websocket(client, filled(route)):
            pass
        yield refused.value.status_code
        return
    for method in route.methods - {"HEAD"}:
        yield client.request(method, filled(route), headers={"Accept": "application/json"}).status_code


def test_there_are_routes_of_every_kind() -> None:
    assert {APIRoute, APIWebSocketRoute} <= {type(route) for route in ROUTES}
    assert len(ROUTES) > 100


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.name} {route.path}")
class TestRoute:
    def test_says_who_may_use_it(self, route: Any) -> None:
        rights = rights_of(route.dependant)
        assert bool(rights) or route.path in PUBLIC

    def test_refuses_all_others(self, route: Any, clients: dict[Role | None, TestClient]) -> None:
        rights = rights_of(route.dependant)
        for role, client in clients.items():
            if rights and not (role is not None and RIGHTS[role] & set(rights)):
                assert set(ask(client, route)) == {401 if role is None else 403}, role


def test_visitors_are_told_nothing_that_was_measured() -> None:
    """No answer to a display or to somebody invited has a field for a score or a template."""
    for route in ROUTES:
        if (
            isinstance(route, APIRoute)
            and {Right.KIOSK, Right.ENROL_SELF} & set(rights_of(route.dependant))
            and route.response_field
        ):
            schema = str(route.response_field.field_info)
            assert not MEASURED.search(schema), route.path
