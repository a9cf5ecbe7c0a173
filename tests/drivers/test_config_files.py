from pathlib import Path

import pytest

from limen.config import CONFIG_FILE, Settings, default_data_dir, load_settings
from limen.errors import ConfigError


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIMEN_DATA_DIR", "LIMEN_DOOR__OPEN_S", "LIMEN_MATCHING__FMR"):
        monkeypatch.delenv(name, raising=False)


def written(folder: Path, text: str) -> Path:
    (folder / CONFIG_FILE).write_text(text, "utf-8")
    return folder


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.data_dir == tmp_path
    assert settings.door.agreeing_frames == 3
    assert settings.models.detection == "mtcnn"


def test_the_file_stands_over_the_defaults(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "[door]\nopen_s = 7\n[door.quality]\nmin_sharpness = 3\n"))
    assert settings.door.open_s == 7
    assert settings.door.quality.min_sharpness == 3
    assert settings.door.quality.min_brightness == Settings().door.quality.min_brightness
    assert settings.door.pause_s == 10


def test_the_environment_stands_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMEN_DOOR__OPEN_S", "9")
    settings = load_settings(written(tmp_path, "[door]\nopen_s = 7\npause_s = 20\n"))
    assert (settings.door.open_s, settings.door.pause_s) == (9, 20)


def test_the_command_line_stands_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMEN_DATA_DIR", str(tmp_path / "elsewhere"))
    assert load_settings(tmp_path).data_dir == tmp_path
    assert load_settings().data_dir == tmp_path / "elsewhere"


def test_a_relative_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(Path("here")).data_dir == tmp_path / "here"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[door]\nopens_s = 7", "door.opens_s: Extra inputs are not permitted, got 7"),
        ("nonsense = 1", "nonsense: Extra inputs"),
        ("[door]\nopen_s = 0", "door.open_s: .*greater than 0, got 0"),
        ("[door]\nopen_s = 3601", "door.open_s: .*3600"),
        ("[door]\nfreshness_s = nan", "door.freshness_s: .*got nan"),
        ("[door]\nfreshness_s = inf", "door.freshness_s: .*got inf"),
        ("[door]\nagreeing_frames = 0", "door.agreeing_frames"),
        ("[door]\nagreeing_frames = 30", "unknown_frames must be at least agreeing_frames"),
        ("[matching]\nfmr = 1.0", "matching.fmr"),
        ("[matching]\nfpir = 0", "matching.fpir"),
        ("[matching]\nmargin = nan", "matching.margin"),
        ("[door.quality]\nmin_brightness = 240", "min_brightness must be below max_brightness"),
        ("[models]\nthreads = 0", "models.threads"),
        ("[door", "cannot be read as TOML"),
        ("data_dir = '/elsewhere'", "cannot be set in the data folder; use --data-dir"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load_settings(written(tmp_path, text))


def test_a_variable_that_cannot_be_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMEN_MATCHING__FMR", "often")
    with pytest.raises(ConfigError, match=r"matching\.fmr.*often"):
        load_settings(tmp_path)


def test_a_variable_that_sets_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMEN_DOOOR__OPEN_S", "9")
    with pytest.raises(ConfigError, match=r"LIMEN_DOOOR__OPEN_S sets nothing; there are: .*LIMEN_DOOR"):
        load_settings(tmp_path)


def test_the_data_folder_unless_told_otherwise() -> None:
    assert default_data_dir({"XDG_DATA_HOME": "/data"}) == Path("/data/limen")
    assert default_data_dir({}) == Path.home() / ".local" / "share" / "limen"
    assert default_data_dir({"XDG_DATA_HOME": ""}) == Path.home() / ".local" / "share" / "limen"


def test_settings_do_not_change(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        settings.door.open_s = 9
