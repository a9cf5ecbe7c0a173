"""Edits that do not overwrite what somebody else changed meanwhile."""

import hashlib
from http import HTTPStatus
from typing import Annotated

from fastapi import Header
from pydantic import BaseModel

from limen.web.problem import Problem

IfMatch = Annotated[
    str | None, Header(max_length=200, description="The ETag of what is to be changed: another one refuses (412)")
]


def etag(model: BaseModel) -> str:
    """The ETag of what a model says."""
    return f'"{hashlib.sha256(model.model_dump_json().encode()).hexdigest()[:32]}"'


def check_match(if_match: str | None, current: str) -> None:
    """Refuse an edit of something that has changed since it was read.

    Raises:
        Problem: ``if_match`` is given, and names another state than ``current``.
    """
    if if_match is None or if_match.strip() == "*":
        return
    if current not in (one.strip().removeprefix("W/") for one in if_match.split(",")):
        raise Problem(
            HTTPStatus.PRECONDITION_FAILED, "changed-meanwhile",
            "Somebody changed this meanwhile: load it again, and repeat your change.",
        )  # fmt: skip
