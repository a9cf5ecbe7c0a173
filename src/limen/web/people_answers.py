"""People told to whoever asks: what the API and the pages share."""

from datetime import UTC, datetime, timedelta

from limen.door.freshness import age, freshness
from limen.errors import LimenError
from limen.store.people_list import Moment, PersonState, states
from limen.types import ModelKey, PersonId
from limen.web.api.people_models import FreshLook, Person, PinState, item
from limen.web.rights import Actor, Right
from limen.web.site import Site

NO_MODEL = ModelKey("")


def model_in_use(site: Site) -> ModelKey:
    """The model that templates are counted of; where it cannot be loaded, one that nobody has any of."""
    try:
        return site.house.engines.model
    except LimenError:
        return NO_MODEL


def moment_of(site: Site) -> Moment:
    """What states depend on, now."""
    now = datetime.now(UTC)
    return Moment(now, now - timedelta(days=site.settings.enrolment.fresh_days))


def person_of(site: Site, actor: Actor, person: PersonId) -> Person:
    """One person, with what ``actor`` may know.

    Raises:
        UnknownPersonError: nobody has this id.
    """
    moment = moment_of(site)
    listed = site.store.people_list.one(person, model_in_use(site))
    shown = item(listed, states(listed, moment))
    look = _fresh_look(site, person, moment)
    holds = {*shown.states, PersonState.NEEDS_FRESH_LOOK} if look.wanted else set(shown.states)
    told = shown.model_copy(update={"states": [state for state in PersonState if state in holds]})
    pin = _pin(site, person) if actor.can(Right.PEOPLE_CHANGE) else None
    return Person(**told.model_dump(), fresh_look=look, pin=pin)


def _fresh_look(site: Site, person: PersonId, moment: Moment) -> FreshLook:
    try:
        thresholds, model = site.house.engines.thresholds, site.house.engines.model
        found = freshness(site.store, person, model, thresholds, site.settings.enrolment.fresh_days, moment.now).reasons
    except LimenError:  # No model, or none with thresholds: what is counted can still be told.
        found = tuple(age(site.store.people_list.one(person, model_in_use(site)), moment.fresh_since))
    return FreshLook(wanted=bool(found), reasons=list(found))


def _pin(site: Site, person: PersonId) -> PinState | None:
    number = site.store.credentials.number_of(person)
    if number is None:
        return None
    record = site.store.credentials.pin_of_person(person)
    return PinState(number=number, is_set=record is not None, duress=record is not None and bool(record.duress_hash))
