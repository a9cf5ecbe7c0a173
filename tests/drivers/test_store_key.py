import base64
import os
from pathlib import Path

import pytest

from limen.errors import ConfigError, StoreError
from limen.store.key import load_or_create_key

KEY = bytes(range(32))
TEXT = base64.b64encode(KEY).decode()


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_new_key_is_kept_for_its_owner_only_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "template.key"
    key = load_or_create_key(path, {})
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create_key(path, {}, may_create=False) == key
    assert os.listdir(tmp_path) == ["template.key"], "the draft must not stay"


def test_two_new_keys_differ(tmp_path: Path) -> None:
    assert load_or_create_key(tmp_path / "a", {}) != load_or_create_key(tmp_path / "b", {})


def test_a_missing_key_that_is_needed_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "template.key"
    with pytest.raises(ConfigError, match=r"template\.key is missing.*backup.*lost"):
        load_or_create_key(path, {}, may_create=False)
    assert not path.exists()


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "template.key"
    assert load_or_create_key(path, {"LIMEN_TEMPLATE_KEY": TEXT + "\n"}) == KEY
    named = written(tmp_path / "secret", TEXT + "\n")
    assert load_or_create_key(path, {"LIMEN_TEMPLATE_KEY_FILE": str(named)}) == KEY
    assert not path.exists()


def test_two_variables_contradict_each_other(tmp_path: Path) -> None:
    environment = {"LIMEN_TEMPLATE_KEY": TEXT, "LIMEN_TEMPLATE_KEY_FILE": "elsewhere"}
    with pytest.raises(ConfigError, match="both"):
        load_or_create_key(tmp_path / "template.key", environment)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666])
def test_a_key_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "template.key", TEXT, mode)
    with pytest.raises(ConfigError, match=f"{mode:04o}.*chmod 600 {path}"):
        load_or_create_key(path, {})
    with pytest.raises(ConfigError, match="chmod 600"):
        load_or_create_key(tmp_path / "none", {"LIMEN_TEMPLATE_KEY_FILE": str(path)})


@pytest.mark.parametrize("text", ["", TEXT[4:], TEXT + "AAAA", "not base64 at all!", "ÿ" * 32])
def test_a_key_of_another_form_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "template.key", text)
    with pytest.raises(ConfigError, match="32 bytes as base64") as in_file:
        load_or_create_key(path, {})
    with pytest.raises(ConfigError, match="LIMEN_TEMPLATE_KEY must") as in_variable:
        load_or_create_key(path, {"LIMEN_TEMPLATE_KEY": text})
    for caught in (in_file, in_variable):
        assert not text or text not in str(caught.value)


def test_a_variable_that_names_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere.*LIMEN_TEMPLATE_KEY_FILE"):
        load_or_create_key(tmp_path / "template.key", {"LIMEN_TEMPLATE_KEY_FILE": str(tmp_path / "nowhere")})
    assert not (tmp_path / "template.key").exists()


def test_a_folder_that_takes_no_file_is_an_error_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no key could be written"):
        load_or_create_key(tmp_path / "absent" / "template.key", {})
