"""The root command: options that may stand anywhere, and the commands below it."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from limen.cli import bench, calibrate, cluster, demo, door, evaluate, models, people, plot, recognise
