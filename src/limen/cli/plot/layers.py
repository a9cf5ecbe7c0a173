"""``limen plot layers``: what a layer of the embedding network makes of a face."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from limen.camera.photo import load_photo
from limen.cli.context import Context
from limen.cli.plot.picture import Out, caption, check_out, written
from limen.config import Settings
from limen.door.build import build_engine, build_layers
from limen.engine import main_face
from limen.errors import PhotoRefusedError
from limen.types import Image

if TYPE_CHECKING:
    from limen.models.layers import Layer


def layers(
    ctx: typer.Context,
    photo: Annotated[
        Path | None, typer.Argument(metavar="PHOTO", help="A photo of one person.", readable=False)
    ] = None,
    layer: Annotated[
        str | None, typer.Option(help="A layer's name; the first convolution's otherwise.", show_default=False)
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Only list the layers: no photo is needed.")] = False,
    out: Out = Path("layers.png"),
) -> None:
    """Draw what a layer of the embedding network makes of the face in a photo."""
    context: Context = ctx.obj
    if list_:
        found = build_layers(context.settings).layers
        context.answer({"layers": [_document(one) for one in found]}, _table(found))
        return
    if photo is None:
        raise typer.BadParameter("a photo is needed, unless --list asks for the layers alone")
    check_out(out)
    crop, model = _crop(photo, context.settings)
    network = build_layers(context.settings)
    name = layer or network.default()
    output = network.run(name, crop)
    # Late: Matplotlib takes half a second to import, and other commands must not pay for it.
    from limen.evaluation.plots.layers import Activation
    from limen.evaluation.plots.layers import layers as draw

    chosen = next(one for one in network.layers if one.name == name)
    shown = Activation(name, chosen.operator, crop, output)
    figure = draw(shown, caption("Inside the embedding network", photo.name, [model]))
    document = {"layer": name, "operator": chosen.operator, "shape": output.shape, "model": model}
    written(context, figure, out, document, f"layer {name} ({chosen.operator})")


def _crop(path: Path, settings: Settings) -> tuple[Image, str]:
    """The face that a photo is about as the network wants it, and the model's key.

    Raises:
        PhotoRefusedError: there is no face.
    """
    image = load_photo(path).image
    engine = build_engine(settings, calibrated=False)
    faces = engine.find_faces(image, settings.enrolment.min_face_px)
    if not faces:
        raise PhotoRefusedError(f"{path}: no face was found; use a photo that shows the face upright and large")
    return engine.crop(image, main_face(image, faces)), engine.model


def _document(layer: "Layer") -> dict[str, object]:
    return {"layer": layer.name, "operator": layer.operator, "shape": layer.shape}


def _table(layers: Sequence["Layer"]) -> str:
    wide = max(len(layer.name) for layer in layers)
    return "\n".join(f"{layer.name:<{wide}}  {layer.operator:<20} {_shape(layer)}".rstrip() for layer in layers)


def _shape(layer: "Layer") -> str:
    return "" if layer.shape is None else " × ".join("?" if side is None else f"{side:,}" for side in layer.shape)
