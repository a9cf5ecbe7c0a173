"""``limen door bench``: how long a door takes."""

import secrets
import socket
import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from pydantic import SecretStr

from limen.camera.photo import load_photo
from limen.cli.context import Context, progress
from limen.config import DoorConfig, GreetingSettings, ReaderSettings, Settings
from limen.credentials.card import CardNumber
from limen.door.build import build_engine, match_policy
from limen.door.build_store import build_store
from limen.door.enrolment import Enrolment
from limen.door.response import FPS, Rehearsal, Response, film
from limen.evaluation.frame import sample_photo

_CARDS_A_VISIT = 4
_CARD = CardNumber(32, 0xC0FFEE42)


def door_bench(
    ctx: typer.Context,
    image: Annotated[
        Path | None, typer.Option(help="A photo of one face; scikit-image's astronaut.", show_default=False)
    ] = None,
    visits: Annotated[int, typer.Option(min=1, max=10_000, help="So many visits, each of 1.5 s.")] = 40,
) -> None:
    """Measure how long a door takes from the first frame with a face to the lock, and from a card to the lock."""
    context: Context = ctx.obj
    path = image or sample_photo()
    with tempfile.TemporaryDirectory(prefix="limen-bench-") as name:
        settings = _settings(context.settings, Path(name))
        engine = build_engine(context.settings)
        frames = film(load_photo(path).image, engine)
        with build_store(settings) as store, progress("Watch the door", visits) as step:
            enrolment = Enrolment(engine, store, settings.enrolment, match_policy(settings, engine))
            enrolment.run([("Visitor", [path])], lambda: None)
            holder = store.people.add("Card holder")
            store.credentials.add_card(holder.id, _CARD)
            config = _door(Path(name))
            cards = [f"{_CARD.value:08X}"] * (visits * _CARDS_A_VISIT)
            rehearsal = Rehearsal(settings, engine, store, config, frames)
            alone = rehearsal.run(visits, [], step)
            busy = rehearsal.run(visits, cards, lambda: None)
    context.answer(_document(alone, busy), _text(alone, busy))


def _settings(settings: Settings, folder: Path) -> Settings:
    door = settings.door.model_copy(update={"pause_s": 0.5, "open_s": 0.5})
    return settings.model_copy(update={"data_dir": folder, "door": door, "greeting": GreetingSettings(voice="none")})


def _door(folder: Path) -> DoorConfig:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    reader = ReaderSettings(driver="http", listen=address, token=SecretStr(secrets.token_hex(16)), format="hex")
    return DoorConfig(camera="film", level="face", simulator_log=folder / "lock.log", reader=reader)


def _document(alone: Response, busy: Response) -> dict[str, object]:
    return {
        "visits": alone.visits,
        "opened": len(alone.faces),
        "frames_per_second": FPS,
        "face_ms": _summary([one.total_ms for one in alone.faces]),
        "waiting_ms": _summary([one.waiting_ms for one in alone.faces]),
        "computing_ms": _summary([one.computing_ms for one in alone.faces]),
        "cards": len(busy.cards_ms),
        "card_ms": _summary(list(busy.cards_ms)),
    }


def _summary(times_ms: list[float]) -> dict[str, float] | None:
    if not times_ms:
        return None
    median, p95 = np.percentile(times_ms, (50, 95))
    return {"median": round(float(median), 1), "p95": round(float(p95), 1), "max": round(max(times_ms), 1)}


def _text(alone: Response, busy: Response) -> str:
    document = _document(alone, busy)
    lines = [f"{len(alone.faces)} of {alone.visits} visits opened the door, at {FPS} frames a second of 640 × 480"]
    for key, words in (
        ("face_ms", "first frame with a face to the lock"),
        ("waiting_ms", "  of it waiting for frames"),
        ("computing_ms", "  of it computing"),
        ("card_ms", f"card to the answer, while the camera is busy ({len(busy.cards_ms)} cards)"),
    ):
        times = document[key]
        if isinstance(times, dict):
            told = f"median {times['median']:.0f} ms, 95 % within {times['p95']:.0f} ms, most {times['max']:.0f} ms"
            lines.append(f"{words}: {told}")
    return "\n".join(lines)
