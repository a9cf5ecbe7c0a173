"""What holds for every route: who may ask, from where, how errors are told, what is repeated."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated

import pytest
from fastapi import WebSocket
from pydantic import BaseModel, Field
from starlette.testclient import TestClient, WebSocketDenialResponse

from limen.audit.actor import current_actor
from limen.errors import BadDataError, StoreError, UnknownPersonError
from limen.web.etags import IfMatch, check_match, etag
from limen.web.rights import Actor, Right, anybody, needs
from limen.web.routing import api_router
from web_site import WebSite, make_site

THINGS = "/api/v1/things"


class Thing(BaseModel):
    n: int = Field(ge=0)


class Told(BaseModel):
    n: int
    actor: str | None
    times: int


FAILURES = {"unknown": UnknownPersonError("nobody"), "bad": BadDataError("not so"), "store": StoreError("gone")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebSite]:
    """A site with one noun of its own."""
    site, router, times = make_site(tmp_path_factory.mktemp("site")), api_router("things"), []

    @router.post("", status_code=201, dependencies=[needs(Right.PEOPLE_CHANGE)])
    def things_add(body: Thing) -> Told:
        times.append(body.n)
        return Told(n=body.n, actor=current_actor(), times=len(times))

    @router.patch("", dependencies=[needs(Right.PEOPLE_CHANGE)])
    def things_edit(body: Thing, if_match: IfMatch = None) -> Thing:
        check_match(if_match, etag(Thing(n=1)))
        return body

    @router.get("/fail/{how}", dependencies=[anybody()])
    def things_fail(how: str) -> Thing:
        raise FAILURES[how]

    @router.websocket("/ws")
    async def things_watch(socket: WebSocket, actor: Annotated[Actor, needs(Right.DOORS_SEE)]) -> None:
        await socket.accept()
        await socket.send_text(actor.name)
        await socket.close()

    site.anonymous()
    site.app.include_router(router)
    yield site
    site.close()


@pytest.fixture
def owner(site: WebSite) -> TestClient:
    return site.client("owner")


class TestWhoMayAsk:
    def test_nobody_in_particular(self, site: WebSite) -> None:
        answer = site.anonymous().post(THINGS, json={"n": 1})
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-signed-in")
        assert answer.headers["content-type"] == "application/problem+json"

    def test_the_wrong_role(self, site: WebSite) -> None:
        for client in (site.client("viewer"), site.token("attendant"), site.kiosk()):
            answer = client.post(THINGS, json={"n": 1})
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-allowed")

    def test_the_right_role_and_who_it_is(self, site: WebSite, owner: TestClient) -> None:
        user = site.store.users.find("an-owner")
        assert user is not None
        assert owner.post(THINGS, json={"n": 1}).json()["actor"] == f"user:{user.id}"
        assert site.token("enroller").post(THINGS, json={"n": 1}).json()["actor"].startswith("token:")

    def test_an_account_that_was_disabled(self, site: WebSite) -> None:
        client, user = site.client("enroller"), site.store.users.find("an-enroller")
        assert user is not None
        assert client.post(THINGS, json={"n": 1}).status_code == 201
        site.store.users.set_disabled(user.id, True)
        assert client.post(THINGS, json={"n": 1}).status_code == 401
        site.store.users.set_disabled(user.id, False)

    def test_a_wrong_token(self, site: WebSite) -> None:
        for header in ("Bearer limen_nothing", "Bearer ", "Basic abc"):
            assert site.anonymous(Authorization=header).post(THINGS, json={"n": 1}).status_code == 401

    def test_websockets(self, site: WebSite, owner: TestClient) -> None:
        with site.websocket(owner, f"{THINGS}/ws") as socket:
            assert socket.receive_text() == "an-owner"
        for client, status in ((site.anonymous(), 401), (site.client("enroller"), 403)):
            with pytest.raises(WebSocketDenialResponse) as refused, site.websocket(client, f"{THINGS}/ws"):
                pass
            assert refused.value.status_code == status

    @pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:81", "null", ""])
    def test_another_site(self, site: WebSite, owner: TestClient, origin: str) -> None:
        answer = owner.post(THINGS, json={"n": 1}, headers={"Origin": origin})
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/foreign-origin")
        with (
            pytest.raises(WebSocketDenialResponse),
            owner.websocket_connect(f"ws://localhost{THINGS}/ws", headers={"Origin": origin}),
        ):
            pass

    def test_a_token_needs_no_origin(self, site: WebSite) -> None:
        assert site.token("owner").post(THINGS, json={"n": 1}, headers={"Origin": "null"}).status_code == 201


class TestErrors:
    @pytest.mark.parametrize(("how", "status"), [("unknown", 404), ("bad", 422), ("store", 503)])
    def test_our_own(self, owner: TestClient, how: str, status: int) -> None:
        answer = owner.get(f"{THINGS}/fail/{how}")
        assert (answer.status_code, answer.json()["detail"]) == (status, str(FAILURES[how]))

    def test_fields(self, owner: TestClient) -> None:
        problem = owner.post(THINGS, json={"n": -1}).json()
        assert (problem["status"], problem["errors"][0]["field"]) == (422, "body.n")

    @pytest.mark.parametrize(
        ("kind", "signed_in", "most"),
        [("application/json", True, 262_144), (None, True, 262_144), ("image/png", False, 262_144),
         ("image/png", True, 16_777_216), ("text/csv; charset=utf-8", True, 16_777_216)],
    )  # fmt: skip
    @pytest.mark.parametrize("chunked", [False, True])
    def test_too_large(
        self, site: WebSite, owner: TestClient, kind: str | None, signed_in: bool, most: int, chunked: bool
    ) -> None:
        client = owner if signed_in else site.anonymous()
        for size, large in ((most, False), (most + 1, True)):
            body = b"x" * size
            answer = client.post(
                THINGS, content=iter((body[:9], body[9:])) if chunked else body,
                headers={"Content-Type": kind} if kind else {},
            )  # fmt: skip
            assert (answer.status_code == 413) is large
            assert answer.headers["Content-Type"] == "application/problem+json"

    def test_pages_for_people(self, site: WebSite) -> None:
        page = site.anonymous(Accept="text/html").get("/nothing-here")
        assert page.status_code == HTTPStatus.NOT_FOUND
        assert "urn:limen:" in page.text


class TestRepetition:
    def test_is_done_once(self, owner: TestClient) -> None:
        first, second = (owner.post(THINGS, json={"n": 5}, headers={"Idempotency-Key": "five"}) for _ in range(2))
        assert first.json() == second.json()
        assert (second.status_code, second.headers["Idempotency-Replayed"]) == (201, "true")

    def test_not_of_another_request_or_account(self, site: WebSite, owner: TestClient) -> None:
        key = {"Idempotency-Key": "six"}
        done = owner.post(THINGS, json={"n": 6}, headers=key).json()["times"]
        assert owner.post(THINGS, json={"n": 7}, headers=key).status_code == 422
        assert site.client("admin").post(THINGS, json={"n": 6}, headers=key).json()["times"] == done + 1

    def test_what_failed_may_be_done_again(self, owner: TestClient) -> None:
        key = {"Idempotency-Key": "eight"}
        assert owner.post(THINGS, json={"n": -8}, headers=key).status_code == 422
        assert owner.post(THINGS, json={"n": 8}, headers=key).status_code == 201

    def test_not_for_whoever_lost_the_right(self, site: WebSite) -> None:
        client, key = site.client("admin"), {"Idempotency-Key": "nine"}
        assert client.post(THINGS, json={"n": 9}, headers=key).status_code == 201
        user = site.store.users.find("an-admin")
        assert user is not None
        site.store.users.set_role(user.id, "viewer")
        assert client.post(THINGS, json={"n": 9}, headers=key).status_code == 403
        site.store.users.set_role(user.id, "admin")

    def test_a_key_that_cannot_be_one(self, owner: TestClient) -> None:
        assert owner.post(THINGS, json={"n": 1}, headers={"Idempotency-Key": "x" * 201}).status_code == 422


def test_an_edit_of_what_changed_meanwhile(owner: TestClient) -> None:
    current = etag(Thing(n=1))
    for header, status in ((current, 200), (f'W/"x", {current}', 200), ("*", 200), ('"old"', 412)):
        assert owner.patch(THINGS, json={"n": 2}, headers={"If-Match": header}).status_code == status


class TestHosts:
    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8300", "[::1]:8300", "192.168.1.5", "LOCALHOST."])
    def test_ours(self, owner: TestClient, host: str) -> None:
        assert owner.get("/api/v1/openapi.json", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "[::1", "127.0.0.1.nip.io"])
    def test_others(self, owner: TestClient, host: str) -> None:
        assert owner.get("/api/v1/openapi.json", headers={"Host": host}).status_code == 421


def test_every_answer_is_strict(site: WebSite) -> None:
    client = site.anonymous()
    for path in ("/api/v1/openapi.json", "/static/app.css", "/nothing", THINGS):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] in ("no-store", "no-cache")
