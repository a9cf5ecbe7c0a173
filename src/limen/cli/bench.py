"""``limen bench``: how fast and how large, beside dlib's own way."""

import shutil
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from limen.camera.clip import write_clip
from limen.camera.photo import load_photo
from limen.cli.context import Context, progress
from limen.config import CONFIG_FILE, Settings
from limen.door.build import build_engine
from limen.engine import Engine
from limen.errors import BadDataError
from limen.evaluation.frame import drifting, fitted, sample_photo
from limen.evaluation.pipelines import DlibPipeline, LimenPipeline, QualityPipeline
from limen.evaluation.process import ProcessCost, cost_of_limen
from limen.evaluation.timing import FRAMES_A_TURN, Pipeline, PipelineTimes, time_in_turns
from limen.types import Image

_STARTS = 3
_CLIP_FRAMES, _CLIP_FPS = 60, 25


@dataclass(frozen=True, slots=True)
class _Processes:
    """What whole commands cost: ``limen identify`` on one photo, several times, and a door on a short film."""

    decisions: tuple[ProcessCost, ...]
    door: ProcessCost

    @property
    def cold_start_s(self) -> float:
        """The median time to a first decision."""
        return statistics.median(cost.seconds for cost in self.decisions)

    @property
    def decision_mb(self) -> float:
        """The most memory that a first decision took."""
        return max(cost.peak_mb for cost in self.decisions)


def bench(
    ctx: typer.Context,
    image: Annotated[
        Path | None, typer.Option(help="A photo of one face; scikit-image's astronaut.", show_default=False)
    ] = None,
    rounds: Annotated[
        int, typer.Option(min=1, max=10_000, help="So many turns of three frames for each pipeline.")
    ] = 10,
    min_face: Annotated[
        float | None,
        typer.Option(min=20, help="The smallest face that matters, in pixels; the door's.", show_default=False),
    ] = None,
    peer: Annotated[bool, typer.Option("--peer/--no-peer", help="Compare with dlib's own pipeline.")] = True,
) -> None:
    """Time one frame of 640 × 480 stage by stage, beside dlib's pipeline; then the cold start, and the memory."""
    context: Context = ctx.obj
    settings = context.settings
    photo = image or sample_photo()
    frame = fitted(load_photo(photo).image)
    smallest = settings.door.min_face_px if min_face is None else min_face
    pipelines = _pipelines(settings, frame, smallest, peer=peer)
    with progress("Measure", rounds + _STARTS + 2) as step:
        times = time_in_turns(pipelines, frame, rounds, step)
        _check_faces(times, photo)
        processes = _processes(settings, photo, frame, step)
    conditions = {"image": str(photo), "min_face_px": smallest, "frames": rounds * FRAMES_A_TURN}
    context.answer(_document(times, processes) | conditions, _text(times, processes, conditions))


def _pipelines(settings: Settings, frame: Image, min_face_px: float, *, peer: bool) -> dict[str, Pipeline]:
    """All that is timed, by name; dlib comes first to be built, so that its absence is told at once."""
    compared: dict[str, Pipeline] = {"dlib": DlibPipeline()} if peer else {}
    single, mirrored = (_engine(settings, mirrored=mirrored) for mirrored in (False, True))
    return {
        "limen": LimenPipeline(single, min_face_px),
        "limen_mirrored": LimenPipeline(mirrored, min_face_px),
        "limen_quality": QualityPipeline(single, frame, min_face_px),
        **compared,
    }


def _engine(settings: Settings, *, mirrored: bool) -> Engine:
    """An engine on one thread, as dlib's pipeline is."""
    models = settings.models.model_copy(update={"mirrored": mirrored, "threads": 1})
    return build_engine(settings.model_copy(update={"models": models}))


def _check_faces(times: dict[str, PipelineTimes], photo: Path) -> None:
    """A pipeline without a face has nothing to embed.

    Raises:
        BadDataError: a pipeline found no face.
    """
    if blind := [_NAMES[name] for name, pipeline in times.items() if not pipeline.faces]:
        raise BadDataError(
            f"{photo}: no face was found by {', '.join(blind)}: name a photo of one large face (--image)"
        )


def _processes(settings: Settings, photo: Path, frame: Image, step: Callable[[], None]) -> _Processes:
    """Measure whole commands in a data folder of their own, with the settings and models of this one."""
    with tempfile.TemporaryDirectory(prefix="limen-bench-") as name:
        folder, models = Path(name), settings.data_dir / "models"
        if models.is_dir():
            (folder / "models").symlink_to(models.absolute(), target_is_directory=True)
        if (settings.data_dir / CONFIG_FILE).exists():
            shutil.copy(settings.data_dir / CONFIG_FILE, folder)
        clip = folder / "clip.mp4"
        write_clip(clip, drifting(frame, _CLIP_FRAMES), _CLIP_FPS)

        def limen(*arguments: str) -> ProcessCost:
            cost = cost_of_limen(["--data-dir", name, "--json", *arguments])
            step()
            return cost

        limen("enrol", str(photo), "--name", "bench")
        decisions = tuple(limen("identify", str(photo)) for _ in range(_STARTS))
        return _Processes(decisions, limen("door", "run", "bench", "--camera", str(clip), "--fast"))


def _document(times: dict[str, PipelineTimes], processes: _Processes) -> dict[str, object]:
    frame_ms = {f"{name}_ms": _frame_ms(times, name) for name in ("limen", "limen_mirrored", "dlib")}
    ratios = {"ratio": _ratio(times, "limen"), "ratio_mirrored": _ratio(times, "limen_mirrored")}
    return {
        "frame": frame_ms | ratios,
        "frame_p95_ms": {name: pipeline.frame.p95_ms for name, pipeline in times.items() if name != "limen_quality"},
        "stages": {
            name: {stage: asdict(timing) for stage, timing in pipeline.stages.items()}
            for name, pipeline in times.items()
        },
        "faces": {name: pipeline.faces for name, pipeline in times.items()},
        "cold_start_s": processes.cold_start_s,
        "cold_starts_s": [cost.seconds for cost in processes.decisions],
        "memory_mb": max(processes.decision_mb, processes.door.peak_mb),
        "memory": {"first_decision_mb": processes.decision_mb, "door_mb": processes.door.peak_mb},
    }


def _frame_ms(times: dict[str, PipelineTimes], name: str) -> float | None:
    return times[name].frame.median_ms if name in times else None


def _ratio(times: dict[str, PipelineTimes], name: str) -> float | None:
    """How many times as fast as dlib's pipeline; ``None`` where that was left out."""
    return times["dlib"].frame.median_ms / times[name].frame.median_ms if "dlib" in times else None


_NAMES = {
    "limen": "Limen, one crop",
    "limen_mirrored": "Limen, mirrored crop averaged in",
    "limen_quality": "Limen's quality (a door's extra)",
    "dlib": "dlib, enlarged once",
}


def _text(times: dict[str, PipelineTimes], processes: _Processes, conditions: dict[str, object]) -> str:
    lines = [
        f"one face in 640 × 480, {conditions['frames']} frames in turns, one thread each, "
        f"faces of {conditions['min_face_px']:g} pixels and more",
        "",
        f"{'':<36} {'median':>10} {'95th':>10}",
    ]
    for name, pipeline in times.items():
        lines.append(f"{_NAMES[name]:<36} {pipeline.frame.median_ms:>7.2f} ms {pipeline.frame.p95_ms:>7.2f} ms")
        if len(pipeline.stages) > 1:
            lines += [
                f"  {stage:<34} {t.median_ms:>7.2f} ms {t.p95_ms:>7.2f} ms" for stage, t in pipeline.stages.items()
            ]
    if "dlib" in times:
        lines += ["", f"{_ratio(times, 'limen'):.1f} times as fast as dlib with one crop, "
                  f"{_ratio(times, 'limen_mirrored'):.1f} times with the mirrored crop averaged in"]  # fmt: skip
    return "\n".join(
        [
            *lines,
            "",
            f"cold start to first decision {processes.cold_start_s:.2f} s (median of {len(processes.decisions)})",
            f"memory {processes.decision_mb:.0f} MB for a first decision, {processes.door.peak_mb:.0f} MB for a door",
        ]
    )
