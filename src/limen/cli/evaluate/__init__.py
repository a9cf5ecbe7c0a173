"""``limen evaluate``: how well faces are recognised. One file a command."""

import typer

from limen.cli.evaluate.calibration import calibration
from limen.cli.evaluate.clusters import clusters
from limen.cli.evaluate.enrolment import enrolment
from limen.cli.evaluate.fairness import fairness
from limen.cli.evaluate.pairs import pairs
from limen.cli.evaluate.robustness import robustness
from limen.cli.evaluate.search import search

app = typer.Typer(no_args_is_help=True, help="Measure how well faces are recognised.")
for command in (pairs, enrolment, search, calibration, clusters, fairness, robustness):
    app.command()(command)
