"""``limen plot``: pictures of faces, similarities and error rates. One file a picture."""

import typer

from limen.cli.plot.clusters import clusters
from limen.cli.plot.curves import det, histogram, roc
from limen.cli.plot.landmarks import landmarks
from limen.cli.plot.layers import layers
from limen.cli.plot.projection import projection
from limen.cli.plot.robustness import robustness
from limen.cli.plot.similarity import similarity

app = typer.Typer(no_args_is_help=True, help="Draw pictures of faces, similarities and error rates.")
for command in (similarity, projection, clusters, histogram, det, roc, robustness, landmarks, layers):
    app.command()(command)
