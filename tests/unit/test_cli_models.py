"""One line of ``config.toml`` changed, all else kept."""

import tomllib

import pytest

from limen.cli.models import with_model
from limen.errors import ConfigError


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[models]\nembedding = "sface"\n'),
        ("[door]\nopen_s = 4\n", '[door]\nopen_s = 4\n\n[models]\nembedding = "sface"\n'),
        (
            '# mine\n[models]\nthreads = 2\nembedding = "old"  # why\n[door]\nopen_s = 4\n',
            '# mine\n[models]\nthreads = 2\nembedding = "sface"\n[door]\nopen_s = 4\n',
        ),
        ("[models] # ours\nthreads = 2\n", '[models] # ours\nembedding = "sface"\nthreads = 2\n'),
        (
            '[other]\nembedding = "kept"\n[models]\ndetection = "yunet"\n',
            '[other]\nembedding = "kept"\n[models]\nembedding = "sface"\ndetection = "yunet"\n',
        ),
    ],
)
def test_one_line_changes(before: str, after: str) -> None:
    assert with_model(before, "embedding", "sface") == after


def test_another_choice_replaces_the_first() -> None:
    twice = with_model(with_model("", "detection", "yunet"), "detection", "mtcnn")
    assert tomllib.loads(twice) == {"models": {"detection": "mtcnn"}}


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        'models = {embedding = "old"}\n',
        "models = 3\n",
        'models.embedding = "old"\n',
        '[models]\n"embedding" = "old"\n',
    ],
)
def test_what_one_line_cannot_change_is_left_to_a_person(text: str) -> None:
    with pytest.raises(ConfigError, match="by hand"):
        with_model(text, "embedding", "sface")
