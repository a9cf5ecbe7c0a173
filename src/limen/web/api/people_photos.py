"""The photos of a person: looked at, added, taken away."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query, Response

from limen.camera.photo import decode_photo, is_heic
from limen.door.build import match_policy
from limen.door.one_photo import LIMITS, Looked, grade, likeness, look_at, new_template
from limen.errors import ImageError
from limen.store import PhotoId, PhotoRecord, TakenFrom
from limen.types import ModelKey, Person, PersonId
from limen.web.api.people_models import AddedPhoto, PersonPhoto, PhotoTemplate
from limen.web.looking import scaled_jpeg
from limen.web.people_answers import model_in_use
from limen.web.people_parts import NO_STORE, PersonPath, RawBody, body_of, file_answer
from limen.web.portraits import Portraits
from limen.web.problem import Problem
from limen.web.rights import Right, needs
from limen.web.routing import api_router
from limen.web.site import Site, SiteDep

router = api_router("people")

PhotoPath = Annotated[str, Path(max_length=100, description="The photo's id")]
_SHOWN_PX = 1280
_HEIC = (
    "This is a HEIC photo, as iPhones take them; it cannot be read. On the iPhone choose Settings, Camera, Formats, "
    "Most Compatible and take it again. Or export it as JPEG: on a Mac in Photos by File, Export; on the iPhone by "
    "sending it to yourself by e-mail."
)


@router.get("/{person}/photos", dependencies=[needs(Right.PEOPLE_SEE)])
def people_photos(site: SiteDep, person: PersonPath) -> list[PersonPhoto]:
    """The photos somebody was enrolled from, the oldest first, and how good they are."""
    return photos_of(site, PersonId(person))


@router.post(
    "/{person}/photos", status_code=HTTPStatus.CREATED, dependencies=[needs(Right.ENROL)],
    openapi_extra=body_of("image/jpeg", "image/png", "image/webp", "application/octet-stream"),
)  # fmt: skip
def people_photo_add(
    site: SiteDep,
    person: PersonPath,
    photo: RawBody,
    file_name: Annotated[str, Query(max_length=255, description="What the file is called")] = "photo",
    consent: Annotated[
        str | None, Query(max_length=100, description="The version of the text that the person agreed to now")
    ] = None,
    confirm_duplicate: Annotated[
        bool, Query(description="Enrol although the face is like somebody else's, or unlike the person's other photos")
    ] = False,
) -> AddedPhoto:
    """Enrol somebody from a photo that shows their face alone; refused with the reason in words."""
    found = _may_be_enrolled(site, PersonId(person), consent)
    looked = _looked(site, found, photo, confirm_duplicate)
    kept = photo if site.settings.enrolment.keep_photos else None
    new = new_template(looked, file_name.strip() or "photo", kept, TakenFrom.FILE)
    added = site.store.enrolments.add_to(found.id, [new], consent or None).added
    return AddedPhoto(added=added, notes=list(looked.notes))


@router.get(
    "/{person}/photos/{photo}/picture", dependencies=[needs(Right.PEOPLE_SEE)], response_class=Response,
    responses=file_answer("image/jpeg"),
)  # fmt: skip
def people_photo_picture(site: SiteDep, person: PersonPath, photo: PhotoPath) -> Response:
    """A photo that was kept, no larger than a screen and without what else stands in its file."""
    if photo not in site.store.photos.kept_of(PersonId(person)):
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", "This person has no such photo to look at.")
    image = decode_photo(site.store.templates.photo(PhotoId(photo)), "the photo").image
    return Response(scaled_jpeg(image, _SHOWN_PX), media_type="image/jpeg", headers=NO_STORE)


@router.delete(
    "/{person}/photos/{photo}", status_code=HTTPStatus.NO_CONTENT, response_class=Response,
    dependencies=[needs(Right.ENROL)],
)  # fmt: skip
def people_photo_remove(site: SiteDep, person: PersonPath, photo: PhotoPath) -> None:
    """Delete a photo and the templates that were made from it."""
    site.store.photos.remove(PersonId(person), PhotoId(photo))
    site.part(Portraits, Portraits).forget()


def photos_of(site: Site, person: PersonId) -> list[PersonPhoto]:
    """The photos of a person, the oldest first.

    Raises:
        UnknownPersonError: nobody has this id.
    """
    model = model_in_use(site)
    return [_told(site, photo, model) for photo in site.store.templates.all_of(person).photos]


def _may_be_enrolled(site: Site, person: PersonId, consent: str | None) -> Person:
    """The person.

    Raises:
        Problem: they are being deleted, or agreed to nothing yet.
        UnknownPersonError: nobody has this id.
    """
    found = site.store.people.get(person)
    if site.store.removals.of(person) is not None:
        raise Problem(HTTPStatus.CONFLICT, "being-deleted", f"{found.name} is being deleted: restore them first.")
    required = site.settings.privacy.consent_text_version
    given = {one.text_version for one in site.store.consents.of(person) if one.withdrawn_at is None}
    if required and consent != required and required not in given:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "no-consent",
            f"Nobody is enrolled here without their consent to version {required} of the text: ask the person, then "
            "record their consent.",
        )  # fmt: skip
    if found.faceless and not consent:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "no-consent",
            f"{found.name} does not want their face used: enrol them only once they agree, and record that.",
        )  # fmt: skip
    return found


def _looked(site: Site, person: Person, data: bytes, confirm_duplicate: bool) -> Looked:
    """What the photo shows.

    Raises:
        ImageError: it is no photo.
        PhotoRefusedError: it is no photo to enrol from.
        Problem: it is a HEIC photo or too large, or the face is somebody else's or unlike the person's other photos.
    """
    if is_heic(data):
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "heic", _HEIC)
    if len(data) > LIMITS.max_bytes:
        most = f"{LIMITS.max_bytes // 1_000_000} MB"
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", f"The photo is larger than {most}: scale it down."
        )
    if not data:
        raise ImageError("The body is empty: send the photo's file as it is")
    with site.house.engines.borrow() as engine:
        looked = look_at(engine, data, "the photo", site.settings.enrolment)
        found = likeness(looked, person.id, site.store, engine, match_policy(site.settings, engine))
    if found.other is not None and not confirm_duplicate:
        other = site.store.people.get(found.other).name
        raise Problem(
            HTTPStatus.CONFLICT, "already-enrolled",
            f"This face is already enrolled as {other}: one of the two is wrong. Send it again with "
            "confirm_duplicate=true if both are right.",
        )  # fmt: skip
    if found.unlike_own and not confirm_duplicate:
        raise Problem(
            HTTPStatus.CONFLICT, "unlike-own",
            f"This face is not like the other photos of {person.name}. Send it again with confirm_duplicate=true if it "
            "is the right person.",
        )  # fmt: skip
    unlike = f"this face is not like the other photos of {person.name}: is it the right person?"
    return looked.noted(unlike) if found.unlike_own else looked


def _told(site: Site, photo: PhotoRecord, model: ModelKey) -> PersonPhoto:
    rank, flaws = grade(photo.source.quality, site.settings.enrolment.quality)
    return PersonPhoto(
        id=photo.id,
        file=photo.source.file_name,
        width=photo.source.size.width,
        height=photo.source.size.height,
        taken_from=photo.source.taken_from,
        created_at=photo.created_at,
        kept=photo.kept,
        grade=rank,
        flaws=list(flaws),
        templates=[
            PhotoTemplate(id=one.id, model=one.model, in_use=one.model == model, created_at=one.created_at)
            for one in photo.templates
        ],
    )
