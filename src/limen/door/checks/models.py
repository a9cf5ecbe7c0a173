"""The networks in use, and the calibration of the one that tells faces apart."""

import re

from limen.config import Settings
from limen.door.build import build_calibration, calibration_file
from limen.door.checks.base import Check, fault, ok, warning
from limen.models.catalogue import Catalogue, Task
from limen.models.library import ModelLibrary
from limen.types import ModelKey

_FORBIDS = re.compile(r"non-?commercial|research only|\bby-nc\b", re.IGNORECASE)


def check_model(task: Task, model_id: str, catalogue: Catalogue, library: ModelLibrary) -> Check:
    """Whether the model in use for ``task`` is there, is what the catalogue says, and what its licence asks."""
    name, entry = f"models.{task}", catalogue.entry(model_id)
    if entry.task is not task:
        return fault(name, f"{model_id} is for {entry.task}, one for {task} is needed", "limen models list shows them")
    bad = [check.message for check in library.verify(model_id) if not check.ok]
    if bad:
        return fault(name, "; ".join(bad), f"limen models verify {model_id} --repair")
    detail = f"{model_id}: every file is what it should be; licence: {entry.licence}"
    if _FORBIDS.search(entry.licence):
        return warning(name, f"{detail}; this forbids commercial use", "limen models list shows others")
    if "commercial" in entry.licence.lower():
        return warning(name, detail, "read the licence before commercial use")
    return ok(name, detail)


def check_calibration(settings: Settings, model: ModelKey | None) -> Check:
    """Whose calibration is used for ``model``; ``None`` is a network that was not converted yet."""
    name, chosen = "calibration", settings.models.embedding
    if model is None:
        return warning(name, f"not known before {chosen} was converted once", f"limen models pull {chosen}")
    if build_calibration(settings, model) is None:
        return warning(
            name, f"{chosen} has none: thresholds are rough ones of the catalogue", "limen calibrate measures them"
        )
    own = calibration_file(settings, model).exists()
    return ok(name, f"{chosen}: {'made here' if own else 'the one that comes with Limen'}")
