"""``/api/v1/webhooks``: other programs that are told of events."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from limen.audit.events import EventType
from limen.door.webhooks import WebhookSender, send_test
from limen.store.webhooks import Delivery, Webhook
from limen.web.etags import IfMatch, check_match, etag
from limen.web.rights import Actor, Right, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep

router = api_router("webhooks")

Seeing = Annotated[Actor, needs(Right.SETTINGS_SEE)]
Changing = Annotated[Actor, needs(Right.SETTINGS_CHANGE)]
WebhookId = Annotated[str, Path(max_length=40, description="The webhook's id")]
Url = Annotated[str, Field(min_length=8, max_length=2000, description="As https://example.org/limen")]
Types = Annotated[list[EventType], Field(max_length=len(EventType), description="Which events; empty: all")]
Names = Annotated[bool, Field(description="Whether it is told whom an event is about: the person's id and name")]


class NewWebhook(BaseModel):
    """An address that is to be told of events."""

    model_config = ConfigDict(extra="forbid")

    url: Url
    types: Types = []
    names: Names = False


class WebhookChange(BaseModel):
    """What is to be other than it is; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    url: Url | None = None
    types: Types | None = None
    names: Names | None = None
    disabled: bool | None = None


class DeliveryAnswer(BaseModel):
    """Something that the address was told, or is still to be told."""

    id: str
    type: str
    sequence: int | None = Field(description="Of the event; null in a test")
    created_at: datetime
    attempts: int
    next_at: datetime | None = Field(description="When it is tried again; null once it was delivered or given up")
    delivered_at: datetime | None
    status: int | None = Field(description="The HTTP status of the last try, where one came")
    error: str | None

    @classmethod
    def of(cls, one: Delivery) -> Self:
        """The delivery as it is told."""
        return cls(
            id=one.id, type=one.type, sequence=one.sequence, created_at=one.created_at, attempts=one.attempts,
            next_at=one.next_at, delivered_at=one.delivered_at, status=one.status, error=one.error,
        )  # fmt: skip


class WebhookAnswer(BaseModel):
    """An address that is told of events; its secret is shown once, when it is made."""

    id: str
    url: str
    types: list[EventType] = Field(description="Which events; empty: all")
    names: bool
    disabled: bool
    created_at: datetime

    @classmethod
    def of(cls, one: Webhook) -> Self:
        """The webhook as it is told."""
        return cls(
            id=one.id, url=one.url, types=sorted(one.types), names=one.names, disabled=one.disabled,
            created_at=one.created_at,
        )  # fmt: skip


class WebhookWithSecret(WebhookAnswer):
    """A new webhook, or one with a new secret."""

    secret: str = Field(description="Deliveries are signed with it; it is never shown again")


class WebhookList(BaseModel):
    """The webhooks, the oldest first."""

    items: list[WebhookAnswer]


class DeliveryList(BaseModel):
    """Deliveries, the newest first."""

    items: list[DeliveryAnswer]


class WebhookTestAnswer(BaseModel):
    """What came of a test."""

    works: bool
    status: int | None = Field(description="The HTTP status, where one came")
    error: str | None
    ms: int = Field(description="Milliseconds that it took")


def start(site: Site) -> Callable[[], None]:
    """Begin to send; what is returned ends it."""
    sender = WebhookSender(site.store)
    sender.start()
    return sender.close


@router.get("")
def webhooks_list(site: SiteDep, actor: Seeing) -> WebhookList:
    """All webhooks; there are 20 at most."""
    return WebhookList(items=[WebhookAnswer.of(one) for one in site.store.webhooks.all()])


@router.post("", status_code=HTTPStatus.CREATED)
def webhooks_create(asked: NewWebhook, response: Response, site: SiteDep, actor: Changing) -> WebhookWithSecret:
    """Tell another program of events from now on. The secret is shown this once."""
    made, secret = site.store.webhooks.add(asked.url, asked.types, names=asked.names)
    response.headers["Location"] = f"{router.prefix}/{made.id}"
    return _with_secret(made, secret)


@router.get("/{webhook}")
def webhooks_get(webhook: WebhookId, response: Response, site: SiteDep, actor: Seeing) -> WebhookAnswer:
    """One webhook."""
    told = WebhookAnswer.of(site.store.webhooks.get(webhook))
    response.headers["ETag"] = etag(told)
    return told


@router.patch("/{webhook}")
def webhooks_change(
    webhook: WebhookId, asked: WebhookChange, response: Response, site: SiteDep, actor: Changing,
    if_match: IfMatch = None,
) -> WebhookAnswer:  # fmt: skip
    """Change a webhook. What happens while it is disabled it never hears."""
    check_match(if_match, etag(WebhookAnswer.of(site.store.webhooks.get(webhook))))
    site.store.webhooks.change(webhook, url=asked.url, types=asked.types, names=asked.names, disabled=asked.disabled)
    return webhooks_get(webhook, response, site, actor)


@router.delete("/{webhook}", status_code=HTTPStatus.NO_CONTENT)
def webhooks_delete(webhook: WebhookId, site: SiteDep, actor: Changing) -> None:
    """Tell the address nothing any more."""
    site.store.webhooks.remove(webhook)


@router.post("/{webhook}/secret")
def webhooks_new_secret(webhook: WebhookId, site: SiteDep, actor: Changing) -> WebhookWithSecret:
    """Make a new secret; the one before counts no longer."""
    secret = site.store.webhooks.new_secret(webhook)
    return _with_secret(site.store.webhooks.get(webhook), secret)


@router.post("/{webhook}/test")
def webhooks_test(webhook: WebhookId, site: SiteDep, actor: Changing) -> WebhookTestAnswer:
    """Send a test at once, of type ``webhook.test``, also to one that is disabled; it is never tried again."""
    attempt = send_test(site.store, webhook)
    return WebhookTestAnswer(works=attempt.error is None, status=attempt.status, error=attempt.error, ms=attempt.ms)


@router.get("/{webhook}/deliveries")
def webhooks_deliveries(
    webhook: WebhookId, site: SiteDep, actor: Seeing,
    limit: Annotated[int, Query(ge=1, le=200, description="So many at most")] = 20,
) -> DeliveryList:  # fmt: skip
    """The newest deliveries; they are kept for a week."""
    site.store.webhooks.get(webhook)
    return DeliveryList(items=[DeliveryAnswer.of(one) for one in site.store.webhooks.deliveries(webhook, limit)])


def _with_secret(webhook: Webhook, secret: str) -> WebhookWithSecret:
    return WebhookWithSecret(**WebhookAnswer.of(webhook).model_dump(), secret=secret)
