"""The connection to a broker: how it fails, comes back, and who is let in."""

import datetime
import gc
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mqtt_samples import DOOR, SECRET, Broker, LockOnLine, Onlooker, linked, wait_until
from pydantic import SecretStr

from limen.config import MqttLockSettings, MqttSettings
from limen.errors import ConfigError, LockError
from limen.locks.base import LockState
from limen.locks.firmware import Action, Command, command_topic, read_report, report_topic, sign_command
from limen.locks.mqtt import MqttLock
from limen.locks.mqtt_link import Message, MqttLink


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


def test_says_online_and_offline(broker: Broker) -> None:
    with linked(broker.settings(), "third") as third:
        seen = Onlooker(third, "limen/front/availability")
        with linked(broker.settings(), "limen-front", "limen/front/availability"):
            wait_until(lambda: seen.payloads() == [b"online"], "online is seen")
        wait_until(lambda: seen.payloads() == [b"online", b"offline"], "offline is seen")
        late = Onlooker(third, "limen/+/availability")
        wait_until(lambda: bool(late.seen), "the broker kept the last word")
    assert late.seen == [Message("limen/front/availability", b"offline", True)]


def test_the_broker_says_offline_for_a_program_that_was_killed(broker: Broker) -> None:
    program = (
        "import sys, time\nfrom limen.config import MqttSettings\nfrom limen.locks.mqtt_link import MqttLink\n"
        "link = MqttLink(MqttSettings(host='127.0.0.1', port=int(sys.argv[1])), 'limen-front', 'a')\n"
        "link.start(30)\ntime.sleep(120)\n"
    )
    with linked(broker.settings(), "third") as third:
        seen = Onlooker(third, "a")
        process = subprocess.Popen([sys.executable, "-c", program, str(broker.port)])
        wait_until(lambda: seen.payloads() == [b"online"], "the program is online")
        process.kill()
        process.wait()
        wait_until(lambda: seen.payloads() == [b"online", b"offline"], "its last will is seen")


def test_comes_back_by_itself_and_hears_again_what_it_subscribed_to(broker: Broker) -> None:
    with linked(broker.settings(), "a") as link:
        seen, connections = Onlooker(link, "topic"), []
        link.when_connected(lambda: connections.append(1))
        for how in (signal.SIGTERM, signal.SIGKILL):
            broker.stop(how)
            wait_until(lambda: not link.connected, "the loss is noticed")
            with pytest.raises(LockError, match="not connected"):
                link.publish("topic", b"lost")
            link.post("topic", b"lost as well")
            broker.start()
            wait_until(lambda: link.connected, "connected again")
            link.publish("topic", b"kept")
        wait_until(lambda: len(seen.seen) == 2, "both are heard")
        assert seen.payloads() == [b"kept", b"kept"]
        assert len(connections) == 3


def test_a_broker_that_comes_later_is_found(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    link = MqttLink(broker.settings(), "a")
    seen = Onlooker(link, "topic")
    assert not link.start(0.0)
    broker.start()
    wait_until(lambda: link.connected, "connected")
    link.publish("topic", b"1")
    wait_until(lambda: seen.payloads() == [b"1"], "heard what was subscribed to before")
    link.close()
    link.close()
    assert not link.connected
    with pytest.raises(LockError, match="closed"):
        link.publish("topic", b"2")
    broker.stop()


def test_a_frozen_broker_ends_the_waiting(broker: Broker) -> None:
    with linked(broker.settings(), "a") as link:
        with broker.frozen():
            began_s = time.monotonic()
            with pytest.raises(LockError, match=r"within 0\.3 s"):
                link.publish("topic", b"1", timeout_s=0.3)
            assert time.monotonic() - began_s < 10
        link.publish("topic", b"2", timeout_s=20)


def test_waiting_in_a_handler_is_refused_at_once(broker: Broker) -> None:
    with linked(broker.settings(), "a") as link:
        caught: list[RuntimeError] = []

        def handler(_: Message) -> None:
            try:
                link.publish("elsewhere", b"")
            except RuntimeError as error:
                caught.append(error)

        link.subscribe("topic", handler)
        link.publish("topic", b"")
        wait_until(lambda: bool(caught), "the handler was told")
        assert "use post" in str(caught[0])


def test_a_handler_that_fails_does_not_end_the_link(broker: Broker) -> None:
    with linked(broker.settings(), "a") as link:
        heard: list[bytes] = []

        def handler(message: Message) -> None:
            heard.append(message.payload)
            if message.payload == b"bad":
                raise ValueError("bad")

        link.subscribe("topic", handler)
        link.post("topic", b"bad")
        wait_until(lambda: b"bad" in heard, "it failed")
        wait_until(lambda: _published(link, b"good") and b"good" in heard, "heard after it")


def _published(link: MqttLink, payload: bytes) -> bool:
    try:
        link.publish("topic", payload)
    except LockError:
        return False
    return True


def test_a_wrong_password_is_named(tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text("limen:right\n")
    subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True)
    broker = Broker(tmp_path, f"allow_anonymous false\npassword_file {passwords}")
    broker.start()
    try:
        with linked(broker.settings(username="limen", password=SecretStr("right")), "a") as link:
            link.publish("topic", b"")
        link = MqttLink(broker.settings(username="limen", password=SecretStr("wrong")), "b")
        assert not link.start(1.0)
        with pytest.raises(LockError, match=r"(?i)not authori[sz]ed"):
            link.publish("topic", b"")
        link.close()
    finally:
        broker.stop()


class Certificates:
    """A certificate authority, and what it signed, as files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        self.authority = folder / "ca.crt"
        self._write(self.authority, self._sign(self._name, self._key.public_key(), authority=True))

    def issue(self, name: str) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, key_file = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._write(certificate, self._sign(subject, key.public_key(), authority=False))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate, key_file

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, authority: bool) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        builder = x509.CertificateBuilder(
            self._name, subject, key, x509.random_serial_number(), now - day, now + day
        ).add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def _write(self, file: Path, certificate: x509.Certificate) -> None:
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[Broker, Certificates]]:
    """A broker that takes nobody without a certificate, and lets each certificate do what the access list says."""
    certificates = Certificates(tmp_path)
    certificate, key = certificates.issue("broker")
    rights = tmp_path / "acl"
    rights.write_text(
        "user limen\ntopic readwrite limen/#\n\n"
        "user lock-front\ntopic read limen/front/lock/command\ntopic write limen/front/lock/report\n\n"
        "user guest\ntopic read limen/front/lock/report\n"
    )
    broker = Broker(
        tmp_path,
        f"allow_anonymous false\nrequire_certificate true\nuse_identity_as_username true\nacl_file {rights}\n"
        f"cafile {certificates.authority}\ncertfile {certificate}\nkeyfile {key}",
    )
    broker.start()
    yield broker, certificates
    broker.stop()


def with_certificate(guarded: tuple[Broker, Certificates], name: str) -> MqttSettings:
    broker, certificates = guarded
    certificate, key = certificates.issue(name)
    return broker.settings(
        host="localhost",
        tls=True,
        ca_file=certificates.authority,
        client_certificate_file=certificate,
        client_key_file=key,
    )


def test_certificates_and_an_access_list_keep_others_out(guarded: tuple[Broker, Certificates]) -> None:
    with ExitStack() as stack:
        link = stack.enter_context(linked(with_certificate(guarded, "limen"), "limen-front"))
        lock = LockOnLine(with_certificate(guarded, "lock-front"))
        stack.callback(lock.close)
        settings = MqttLockSettings(secret=SecretStr(SECRET), timeout_s=20)
        driver = MqttLock(link, DOOR, settings, "limen", time.monotonic, lambda: time.time_ns() // 1_000_000)
        driver.open_for(0.1)
        wait_until(lambda: driver.state() is LockState.LOCKED, "opened and locked")

        guest = stack.enter_context(linked(with_certificate(guarded, "guest"), "guest"))
        reports = Onlooker(guest, report_topic("limen", DOOR))
        wait_until(lambda: bool(reports.seen), "the guest may look on")
        report = read_report(reports.payloads()[-1], SECRET)
        assert report is not None
        command = Command(DOOR, Action.UNLOCK, 5000, report.counter + 1, report.nonce)
        guest.publish(command_topic("limen", DOOR), sign_command(command, SECRET))
        # The driver's own command comes after the guest's at the broker, and so at the lock.
        driver.lock()
        assert lock.unlocks() == 1
        assert len(lock.heard) == 2


# paho-mqtt leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("knows_the_authority", [True, False])
def test_without_a_certificate_or_the_right_authority_there_is_no_connection(
    guarded: tuple[Broker, Certificates], knows_the_authority: bool
) -> None:
    broker, certificates = guarded
    authority = certificates.authority if knows_the_authority else None
    link = MqttLink(broker.settings(host="localhost", tls=True, ca_file=authority), "a")
    assert not link.start(1.0)
    with pytest.raises(LockError, match="not connected"):
        link.publish("topic", b"")
    link.close()
    gc.collect()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"host": ""}, r"mqtt\.host is empty"),
        ({"ca_file": "ca.crt"}, r"set mqtt\.tls = true"),
        ({"tls": True, "client_key_file": "key"}, "set both or neither"),
        ({"tls": True, "ca_file": "/there/is/no/such/file"}, "certificates cannot be used"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        MqttLink(MqttSettings.model_validate({"host": "localhost", **settings}), "a")
