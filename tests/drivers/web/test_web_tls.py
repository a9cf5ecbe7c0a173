"""Certificates of one's own: a real handshake with them, and what they may not speak for."""

import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limen.config import load_settings
from limen.errors import BadDataError, ConfigError
from limen.web import tls

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls") / "tls"
    tls.make(folder, ["Limen.lan", "door.example.com", "203.0.113.7"], NOW)
    return folder


def shakes_hands(folder: Path, name: str) -> bool:
    """Whether a strict client that trusts the authority believes that the server is ``name``."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / "server.pem")
    client = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname=name)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    try:
        for side in (here, there, here, there):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    except ssl.SSLCertVerificationError:
        return False
    return here.version() is not None


def test_a_client_that_trusts_the_authority_believes_the_names_and_no_others(folder: Path) -> None:
    believed = {name: shakes_hands(folder, name) for name in ("localhost", "limen.lan", "127.0.0.1", "203.0.113.7")}
    assert set(believed.values()) == {True}
    assert not shakes_hands(folder, "bank.example.com")


def test_keys_are_for_their_owner_alone(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in ("ca.pem", "server.pem"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE" not in (folder / "ca.crt").read_bytes()
    assert {file.name for file in folder.iterdir()} == {"ca.pem", "ca.crt", "server.pem"}


def test_renewing_keeps_the_authority_and_its_names_and_leaves_out_what_it_may_not_vouch_for(folder: Path) -> None:
    before = tls.read(folder)
    assert before is not None
    after = tls.make(folder, ["new.lan", "other.example.com", "198.51.100.3"], NOW)
    assert after.authority == before.authority
    assert after.server != before.server
    assert not after.new_authority
    assert after.left_out == ("other.example.com", "198.51.100.3")
    assert {"new.lan", "limen.lan", "door.example.com"} <= set(after.names)
    assert after.server_until - NOW < timedelta(days=398)


def test_a_new_authority_comes_by_force_or_when_the_old_one_would_end_first(tmp_path: Path) -> None:
    first = tls.make(tmp_path, [], NOW)
    forced = tls.make(tmp_path, [], NOW, new_authority=True)
    assert forced.new_authority
    assert forced.authority != first.authority
    assert not tls.make(tmp_path, [], NOW + timedelta(days=3000)).new_authority
    assert tls.make(tmp_path, [], NOW + timedelta(days=3400)).new_authority


def test_a_broken_authority_is_refused_and_bad_names_too(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    with pytest.raises(BadDataError, match="no authority of limen tls init"):
        tls.make(tmp_path, [], NOW)
    for name in ("two words", "-a.lan", "a..b", "", "999.1.1.1", "a/b"):
        with pytest.raises(BadDataError, match="no name of a machine"):
            tls.checked_name(name)
    assert tls.checked_name("Bücher.lan") == "xn--bcher-kva.lan"
    assert tls.checked_name("[FD00::1]") == "fd00::1"


def test_the_pair_is_found_and_checked(folder: Path, tmp_path: Path) -> None:
    settings = load_settings(folder.parent)
    pair = tls.find_pair(settings)
    assert pair == tls.Pair(folder / "server.pem", folder / "server.pem")
    assert tls.check_pair(pair, NOW) in (396, 397)
    assert tls.find_pair(load_settings(tmp_path)) is None
    with pytest.raises(ConfigError, match="ended on"):
        tls.check_pair(pair, NOW + timedelta(days=500))
    with pytest.raises(ConfigError, match="cannot be used for HTTPS"):
        tls.check_pair(tls.Pair(folder / "ca.crt", folder / "ca.crt"), NOW)
    half = settings.model_copy(update={"web": settings.web.model_copy(update={"key_file": Path("key.pem")})})
    with pytest.raises(ConfigError, match="set both"):
        tls.find_pair(half)


def test_what_phones_take_is_the_authority_in_der(folder: Path, tmp_path: Path) -> None:
    der = tls.authority_certificate(folder)
    assert der is not None
    assert ssl.DER_cert_to_PEM_cert(der).split() == (folder / "ca.crt").read_text().split()
    assert tls.authority_certificate(tmp_path) is None
