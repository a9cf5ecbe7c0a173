"""All commands at once."""

from limen.cli.root import COMMANDS, build

app = build(COMMANDS)
