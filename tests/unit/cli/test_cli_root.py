import pytest

from limen.cli.app import app
from limen.cli.root import COMMANDS, build, needed


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["people", "list"], ["people"]),
        (["--json", "--data-dir", "demo", "people", "list"], ["people"]),
        (["--data-dir=demo", "enrol", "people"], ["enrol"]),
        (["try", "photos"], ["try"]),
        ([], list(COMMANDS)),
        (["--help"], list(COMMANDS)),
        (["nonsense"], list(COMMANDS)),
        (["--data-dir", "people"], list(COMMANDS)),
    ],
)
def test_a_command_line_needs_the_command_that_it_names(arguments: list[str], names: list[str]) -> None:
    assert list(needed(arguments)) == names


def test_every_command_is_there() -> None:
    groups = [group.name for group in app.registered_groups]
    commands = [command.name for command in app.registered_commands]
    assert sorted([*groups, *commands]) == sorted(COMMANDS)


def test_a_root_with_one_command_is_a_root() -> None:
    (command,) = build(["compare"]).registered_commands
    assert command.name == "compare"
