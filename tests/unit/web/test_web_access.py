"""Who may see the pages."""

import asyncio
from dataclasses import dataclass

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message

from limen.web.access import Access

KEY = "right"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def ask(path: str, *, host: str = "127.0.0.1:8000", query: str = "", cookie: str = "", kind: str = "http") -> Answer:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", host.encode()), (b"cookie", cookie.encode())]
    scope = {"type": kind, "method": "GET", "path": path, "query_string": query.encode(), "headers": headers}
    asyncio.run(Access(PlainTextResponse("inside", headers={"Cache-Control": "public"}), KEY)(scope, receive, send))
    if not sent:
        return Answer(0, {}, b"")
    start, body = sent
    return Answer(start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"])


def cookie() -> str:
    return ask("/", query=f"key={KEY}").headers["set-cookie"].split(";")[0]


def test_the_key_is_changed_for_a_cookie() -> None:
    answer = ask("/", query=f"key={KEY}")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    attributes = answer.headers["set-cookie"].lower()
    assert "httponly" in attributes
    assert "samesite=strict" in attributes


def test_the_cookie_lets_in() -> None:
    assert ask("/judged", cookie=f"other=1; {cookie()}").body == b"inside"


@pytest.mark.parametrize("query", ["", "key=", "key=wrong", "key=right2", "key=%E2%82%AC"])
def test_without_the_key(query: str) -> None:
    assert ask("/", query=query).status == 403


def test_the_key_is_taken_at_the_front_alone() -> None:
    assert ask("/judged", query=f"key={KEY}").status == 403


def test_a_wrong_cookie() -> None:
    assert ask("/", cookie=cookie().replace(KEY, "wrong")).status == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.:1", ""])
def test_another_host(host: str) -> None:
    assert ask("/", host=host, cookie=cookie()).status == 400
    assert ask("/", host=host, query=f"key={KEY}").status == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9000"])
def test_this_machine_under_any_port(host: str) -> None:
    assert ask("/", host=host, cookie=cookie()).status == 200


@pytest.mark.parametrize("answer", [ask("/", cookie=cookie()), ask("/"), ask("/", host="evil.example")])
def test_every_answer_is_strict(answer: Answer) -> None:
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


def test_anything_but_http_is_dropped() -> None:
    assert ask("/", cookie=cookie(), kind="websocket") == Answer(0, {}, b"")
