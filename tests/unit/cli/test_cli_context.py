import json

import pytest

from limen.cli.context import Context, note, progress


def test_with_json_the_document_is_all_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    Context(json=True, data_dir_option=None).answer({"person": "Zoë", "similarity": 0.5}, "in words")
    out, err = capsys.readouterr()
    assert json.loads(out) == {"person": "Zoë", "similarity": 0.5}
    assert "Zoë" in out
    assert err == ""


def test_without_json_there_are_words(capsys: pytest.CaptureFixture[str]) -> None:
    Context(json=False, data_dir_option=None).answer({"person": "Zoë"}, "in words")
    assert capsys.readouterr() == ("in words\n", "")


def test_notes_stand_beside_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    note("by the way")
    assert capsys.readouterr() == ("", "by the way\n")


def test_progress_is_drawn_only_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Enrol", 3) as step:
        for _ in range(3):
            step()
    assert capsys.readouterr() == ("", "")
