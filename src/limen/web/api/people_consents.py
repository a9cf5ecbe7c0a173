"""What somebody agreed to, and that they took it back."""

from http import HTTPStatus

from limen.types import PersonId
from limen.web.api.people_models import Consent, Consents, NewConsent, Withdrawn
from limen.web.people_parts import PersonPath
from limen.web.portraits import Portraits
from limen.web.rights import Right, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep

router = api_router("people")


@router.get("/{person}/consents", dependencies=[needs(Right.PEOPLE_SEE)])
def people_consents(site: SiteDep, person: PersonPath) -> Consents:
    """What somebody agreed to, the oldest first."""
    site.store.people.get(PersonId(person))
    return consents_of(site, PersonId(person))


@router.post("/{person}/consents", status_code=HTTPStatus.CREATED, dependencies=[needs(Right.ENROL)])
def people_consent_give(site: SiteDep, person: PersonPath, consent: NewConsent) -> Consents:
    """Record that somebody agreed to have their face used."""
    site.store.consents.give(PersonId(person), consent.text_version)
    return consents_of(site, PersonId(person))


@router.delete("/{person}/consents", dependencies=[needs(Right.PEOPLE_DELETE)])
def people_consent_withdraw(site: SiteDep, person: PersonPath) -> Withdrawn:
    """Delete templates, photos and crops of somebody at once; they stay, and their face is used no longer."""
    erasure = site.store.consents.withdraw(PersonId(person))
    site.part(Portraits, Portraits).forget()
    return Withdrawn(complete=erasure.complete, pending=list(erasure.pending))


def consents_of(site: Site, person: PersonId) -> Consents:
    """What a person agreed to."""
    items = [
        Consent(text_version=one.text_version, given_at=one.given_at, withdrawn_at=one.withdrawn_at)
        for one in site.store.consents.of(person)
    ]
    return Consents(required=site.settings.privacy.consent_text_version, items=items)
