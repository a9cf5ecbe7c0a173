"""Certificates of one's own: an authority that is trusted once on each phone, and a certificate of this machine by it.

``tls/ca.pem`` and ``tls/server.pem`` in the data folder hold a key and its certificate each, in one file, so that one
rename exchanges both; ``tls/ca.crt`` is what phones are given.
"""

import ipaddress
import os
import re
import secrets
import socket
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from limen.config import Settings
from limen.errors import BadDataError, ConfigError, StoreError

CA_MEDIA_TYPE = "application/x-x509-ca-cert"
WARN_DAYS = 30

_CA_LASTS, _SERVER_LASTS = timedelta(days=3650), timedelta(days=397)
"""Browsers take no certificate that lasts longer than 398 days, and clocks differ."""
_BACK = timedelta(hours=12)
_LOCAL_DOMAINS = ("localhost", "local", "lan", "home.arpa", "internal", "home", "fritz.box")
_LOCAL_NETWORKS = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
    "fc00::/7", "fe80::/10", "::1/128",
)  # fmt: skip
_NETWORKS = (ipaddress.IPv4Network, ipaddress.IPv6Network)
_HOST = re.compile(r"(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_MOST_NAMES = 50


@dataclass(frozen=True, slots=True)
class Pair:
    """The files of a certificate and its key; they may be the same."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Certificates:
    """What lies in the folder; fingerprints are SHA-256, as browsers and phones show them."""

    authority: str
    authority_until: datetime
    server: str
    server_until: datetime
    names: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """Names and addresses that this authority may not speak for."""
    new_authority: bool = False


def own_folder(settings: Settings) -> Path:
    """Where ``limen tls init`` keeps everything."""
    return settings.data_dir / "tls"


def find_pair(settings: Settings) -> Pair | None:
    """The certificate that pages are served with: that of the settings, else one's own, else ``None``: no HTTPS.

    Raises:
        ConfigError: one of the two settings is missing.
    """
    web = settings.web
    if (web.certificate_file is None) != (web.key_file is None):
        raise ConfigError("web.certificate_file and web.key_file belong together: set both, or neither")
    if web.certificate_file is not None and web.key_file is not None:
        return Pair(web.certificate_file, web.key_file)
    own = own_folder(settings) / "server.pem"
    return Pair(own, own) if own.exists() else None


def check_pair(pair: Pair, now: datetime) -> int:
    """For how many days the certificate still holds.

    Raises:
        ConfigError: the files cannot be read, do not belong together, or the certificate has ended.
    """
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(pair.certificate, pair.key, lambda: "")
        found = x509.load_pem_x509_certificates(pair.certificate.read_bytes())[0]
    except (OSError, ValueError, IndexError) as error:
        raise ConfigError(
            f"{pair.certificate} with the key {pair.key} cannot be used for HTTPS ({_why(error)}): correct "
            "web.certificate_file and web.key_file, or run limen tls init"
        ) from error
    if found.not_valid_after_utc <= now:
        raise ConfigError(
            f"the certificate {pair.certificate} ended on {found.not_valid_after_utc:%Y-%m-%d}: renew it, with limen "
            "tls init where it is Limen's own"
        )
    return (found.not_valid_after_utc - now).days


def authority_certificate(folder: Path) -> bytes | None:
    """The authority's certificate as phones take it (DER), ``None`` where there is no authority."""
    try:
        return x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes()).public_bytes(serialization.Encoding.DER)
    except (OSError, ValueError):
        return None


def make(folder: Path, names: Sequence[str], now: datetime, *, new_authority: bool = False) -> Certificates:
    """Make a certificate of this machine for ``names`` too, and for the hosts that the one before named.

    The authority stays, unless a new one is wanted or it would end first.

    Raises:
        BadDataError: a name is neither a host's name nor an address, or the authority's file is none.
        StoreError: the folder cannot be written.
    """
    given = tuple(dict.fromkeys(map(checked_name, names)))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = None if new_authority else _kept_authority(folder, now)
        authority = found or _new_authority(given, now)
        if found is None:
            _write(folder / "ca.pem", _both(authority), 0o600)
        _write(folder / "ca.crt", authority.certificate.public_bytes(serialization.Encoding.PEM), 0o644)
        wanted = tuple(dict.fromkeys((*given, *_hosts_before(folder), *own_names())))[:_MOST_NAMES]
        covered = tuple(name for name in wanted if _may_speak_for(authority.certificate, name))
        server = _server_certificate(authority, covered, now)
        _write(folder / "server.pem", _both(server, authority.certificate), 0o600)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written ({error.strerror}): make it writable") from error
    left_out = tuple(name for name in wanted if name not in covered)
    return _told(authority.certificate, server.certificate, left_out, new_authority=found is None)


def read(folder: Path) -> Certificates | None:
    """What ``make`` made, ``None`` where it made nothing yet.

    Raises:
        BadDataError: the files hold something else.
    """
    try:
        authority = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
        server = x509.load_pem_x509_certificates((folder / "server.pem").read_bytes())[0]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, IndexError) as error:
        raise BadDataError(f"{folder} holds no certificates of limen tls init ({_why(error)})") from error
    return _told(authority, server, ())


def checked_name(name: str) -> str:
    """The name of a host in small ASCII letters, or an address.

    Raises:
        BadDataError: it is neither.
    """
    clean = name.strip().strip("[]").rstrip(".").lower()
    with suppress(ValueError):
        return str(ipaddress.ip_address(clean))
    with suppress(UnicodeError):
        clean = clean.encode("idna").decode() if not clean.isascii() else clean
        if _HOST.fullmatch(clean) and not clean.replace(".", "").isdigit():
            return clean
    raise BadDataError(f"{name!r} is no name of a machine and no address: give one as limen.lan or 192.168.1.20")


def own_names() -> tuple[str, ...]:
    """What this machine is called in its own network, and its addresses there."""
    host = socket.gethostname().partition(".")[0].lower()
    hosts = (host, f"{host}.local") if _HOST.fullmatch(host) and host != "localhost" else ()
    return ("localhost", *hosts, *dict.fromkeys(("127.0.0.1", "::1", *_addresses())))


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 in pairs of digits."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


@dataclass(frozen=True, slots=True)
class _Keyed:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def _addresses() -> Iterator[str]:
    """The addresses that other machines of the network would reach this one at; nothing is sent."""
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect((far, 9))
            yield str(ipaddress.ip_address(asked.getsockname()[0].partition("%")[0]))
    with suppress(OSError, UnicodeError):
        for *_, address in socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM):
            yield str(ipaddress.ip_address(str(address[0]).partition("%")[0]))


def _kept_authority(folder: Path, now: datetime) -> _Keyed | None:
    """The authority that is there already and outlives what it is to sign, else ``None``."""
    file = folder / "ca.pem"
    if not file.exists():
        return None
    try:
        pem = file.read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        certificate = x509.load_pem_x509_certificate(pem)
    except (ValueError, TypeError) as error:
        raise BadDataError(f"{file} is no authority of limen tls init: take it away, or use --force") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise BadDataError(f"{file} is no authority of limen tls init: take it away, or use --force")
    return _Keyed(key, certificate) if certificate.not_valid_after_utc > now + _SERVER_LASTS else None


def _hosts_before(folder: Path) -> list[str]:
    """The names in the certificate that is there, so that they need not be given again each year; no addresses."""
    with suppress(OSError, ValueError, IndexError, x509.ExtensionNotFound):
        before = x509.load_pem_x509_certificates((folder / "server.pem").read_bytes())[0]
        names = before.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return list(names.get_values_for_type(x509.DNSName))
    return []


def _new_authority(names: Iterable[str], now: datetime) -> _Keyed:
    """An authority that can speak for the names of a home or an office and for ``names``, and for nobody else.

    Whoever steals it can then not pose as a bank to the phones that trust it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    label = f"Limen {socket.gethostname().partition('.')[0][:30]} {now:%Y-%m-%d}"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, label)])
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        _begun(name, name, key, (now, now + _CA_LASTS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(_permitted((*names, *own_names())), None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _Keyed(key, certificate)


def _server_certificate(authority: _Keyed, names: Sequence[str], now: datetime) -> _Keyed:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Limen")])
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    issuer = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _begun(subject, authority.certificate.subject, key, (now, now + _SERVER_LASTS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return _Keyed(key, certificate)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, lasts: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(lasts[0] - _BACK)
        .not_valid_after(lasts[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _permitted(names: Iterable[str]) -> list[x509.GeneralName]:
    """Local domains and networks, and the names themselves; public addresses of IPv6 change daily."""
    hosts, networks = list(_LOCAL_DOMAINS), [ipaddress.ip_network(network) for network in _LOCAL_NETWORKS]
    for name in names:
        general = _general(name)
        if isinstance(general, x509.DNSName):
            hosts.append(name)
        elif not (general.value.version == 6 and general.value.is_global):
            networks.append(ipaddress.ip_network(general.value))
    wide = [each for each in networks if not any(each != n and _within(each, n) for n in networks)]
    return [*map(x509.DNSName, dict.fromkeys(hosts)), *map(x509.IPAddress, dict.fromkeys(wide))]


def _within(
    inner: ipaddress.IPv4Network | ipaddress.IPv6Network, outer: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    if isinstance(inner, ipaddress.IPv4Network):
        return isinstance(outer, ipaddress.IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, ipaddress.IPv6Network) and inner.subnet_of(outer)


def _may_speak_for(authority: x509.Certificate, name: str) -> bool:
    try:
        permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    except x509.ExtensionNotFound:
        return True
    general = _general(name)
    if isinstance(general, x509.DNSName):
        hosts = (each.value for each in permitted if isinstance(each, x509.DNSName))
        return any(name == host or name.endswith(f".{host}") for host in hosts)
    networks = (each.value for each in permitted if isinstance(each, x509.IPAddress))
    own = ipaddress.ip_network(general.value)
    return any(_within(own, network) for network in networks if isinstance(network, _NETWORKS))


def _general(name: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _both(keyed: _Keyed, *chain: x509.Certificate) -> bytes:
    pem = serialization.Encoding.PEM
    key = keyed.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key + b"".join(certificate.public_bytes(pem) for certificate in (keyed.certificate, *chain))


def _told(
    authority: x509.Certificate, server: x509.Certificate, left_out: tuple[str, ...], *, new_authority: bool = False
) -> Certificates:
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return Certificates(
        fingerprint(authority), authority.not_valid_after_utc, fingerprint(server), server.not_valid_after_utc,
        tuple(str(name.value) for name in names), left_out, new_authority,
    )  # fmt: skip


def _write(path: Path, content: bytes, mode: int) -> None:
    """Exchange the file for one with this content, or leave it as it was."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
