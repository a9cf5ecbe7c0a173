"""``limen systemd``: systemd's own judgement of the unit."""

import shutil
import subprocess
from pathlib import Path

import pytest

from limen_program import Ran, limen

CONFIG = """
[doors.front]
camera = "0"
lock = "gpio"
level = "secure"
[doors.front.gpio]
relay_pin = 17
[doors.front.reader]
driver = "evdev"
device = "/dev/input/event3"
"""


def printed(folder: Path, *options: str) -> Ran:
    (folder / "config.toml").write_text(CONFIG)
    return limen("systemd", "front", "--program", "/bin/true", *options, data=folder)


def analyze(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    file = tmp_path / "limen-front.service"
    file.write_text(printed(tmp_path).out)
    verified = analyze("verify", "--man=no", file)
    # It also reads the machine's own units, and may find fault with those.
    assert "limen-front" not in verified.stdout + verified.stderr
    assert verified.returncode == 0, verified.stderr


def test_systemd_counts_it_among_the_safe_ones(tmp_path: Path) -> None:
    file = tmp_path / "limen-front.service"
    file.write_text(printed(tmp_path).out)
    # 0 is safe, 10 is not: a service without any hardening gets 9.6.
    judged = analyze("security", "--offline=true", "--threshold=20", file)
    assert judged.returncode == 0, judged.stdout[-2000:] + judged.stderr


def test_as_json(tmp_path: Path) -> None:
    text = printed(tmp_path).out
    document = printed(tmp_path, "--json").document()
    assert document["unit"] == "limen-front.service"
    assert document["text"] == text


@pytest.mark.parametrize(
    ("arguments", "code"), [(("back",), 66), (("front", "--program", "/home/anna/bin/limen"), 78), ((), 2)]
)
def test_what_cannot_be_done(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    ran = limen("systemd", *arguments, "--json", data=tmp_path)
    assert (ran.code, ran.out) == (code, "")
