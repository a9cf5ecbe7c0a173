"""What goes wrong, told as RFC 9457 has it, or as a page where a person looks."""

import html
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from limen.errors import (
    BadDataError,
    ConfigError,
    LimenError,
    NoInputError,
    UnavailableError,
    UnknownNameError,
    UnknownPersonError,
)

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="Where it is, as body.name")
    message: str


class ProblemDetails(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = Field(description="Names the kind of problem, as /problems/not-found")
    title: str
    status: int
    detail: str = Field(description="What was given, what was expected, what to do")
    instance: str = Field(description="Names this one occurrence: to quote when asking for help")
    errors: list[FieldProblem] = Field(default_factory=list, description="Each field that cannot be used")


class Problem(HTTPException):
    """An answer that says what is wrong: ``kind`` is a short word, ``detail`` says what to do."""

    def __init__(self, status: HTTPStatus, kind: str, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.kind = kind


_KINDS: tuple[tuple[type[LimenError], HTTPStatus, str], ...] = (
    (UnknownPersonError, HTTPStatus.NOT_FOUND, "not-found"),
    (UnknownNameError, HTTPStatus.NOT_FOUND, "not-found"),
    (NoInputError, HTTPStatus.NOT_FOUND, "not-found"),
    (BadDataError, HTTPStatus.UNPROCESSABLE_ENTITY, "cannot-be-used"),
    (ConfigError, HTTPStatus.CONFLICT, "settings"),
    (UnavailableError, HTTPStatus.SERVICE_UNAVAILABLE, "unavailable"),
    (LimenError, HTTPStatus.CONFLICT, "refused"),
)


def add_problems(app: FastAPI) -> None:
    """Tell every error as a problem."""

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        kind = (
            error.kind if isinstance(error, Problem) else HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        )
        return _answer(request, HTTPStatus(error.status_code), kind, str(error.detail), headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        errors = [FieldProblem(field=".".join(map(str, e["loc"])), message=e["msg"]) for e in error.errors()]
        detail = "; ".join(f"{one.field}: {one.message}" for one in errors[:5])
        return _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, "cannot-be-used", detail, errors=errors)

    @app.exception_handler(LimenError)
    async def limen(request: Request, error: LimenError) -> Response:
        status, kind = next((status, kind) for type_, status, kind in _KINDS if isinstance(error, type_))
        return _answer(request, status, kind, str(error))


def _answer(
    request: Request,
    status: HTTPStatus,
    kind: str,
    detail: str,
    *,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    instance = f"urn:limen:{secrets.token_hex(6)}"
    problem = ProblemDetails(
        type=f"/problems/{kind}", title=status.phrase, status=status, detail=_printable(detail), instance=instance,
        errors=[FieldProblem(field=_printable(one.field), message=_printable(one.message)) for one in errors or []],
    )  # fmt: skip
    if _wants_page(request):
        return _page(request, problem, headers)
    return JSONResponse(problem.model_dump(), status, headers, media_type=MEDIA_TYPE)


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _page(request: Request, problem: ProblemDetails, headers: Mapping[str, str] | None) -> Response:
    from limen.web.pages import error_page, start_of  # late: pages know this module
    from limen.web.second_factor import SECOND_FACTOR_NEEDED  # late: it knows those who know this module

    if problem.status == HTTPStatus.UNAUTHORIZED:
        return RedirectResponse(f"{start_of(request)}?next={quote(request.url.path, safe='/')}", HTTPStatus.SEE_OTHER)
    if problem.type.endswith(SECOND_FACTOR_NEEDED):
        return RedirectResponse("/account#second-factor", HTTPStatus.SEE_OTHER)
    return error_page(request, problem, headers)


def _printable(text: str) -> str:
    """Text that UTF-8 can carry."""
    return text.encode("utf-8", "backslashreplace").decode()


def responses(*statuses: int) -> dict[str, Any]:
    """The answers of these statuses as OpenAPI has them."""
    return {str(status): _response(HTTPStatus(status)) for status in statuses}


def _response(status: HTTPStatus) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {"description": html.unescape(status.phrase), "content": {MEDIA_TYPE: {"schema": schema}}}
