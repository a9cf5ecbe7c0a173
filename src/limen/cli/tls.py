"""``limen tls``: certificates of one's own, so that phones and displays reach the pages by HTTPS."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from limen.cli.context import Context
from limen.config import Settings
from limen.errors import NoInputError

if TYPE_CHECKING:
    from limen.web.tls import Certificates

app = typer.Typer(no_args_is_help=True, help="Certificates of your own, so that phones and displays can use HTTPS.")

_TRUST = """\
Every phone, tablet and computer must be told once to trust this authority. Open
  {address}
there (the browser warns once), or copy the file to it. Compare the authority's fingerprint with the one above, then:
  iPhone, iPad   Settings > Profile Downloaded > Install; then General > About > Certificate Trust Settings > switch on
  Android        Settings > Security > More > Encryption & credentials > Install a certificate > CA certificate
  Windows        open the file > Install Certificate > Current User > Trusted Root Certification Authorities
  macOS          open the file; then in Keychain Access double-click it > Trust > Always Trust
  Firefox        Settings > Privacy & Security > View Certificates > Authorities > Import > identify websites
The authority can vouch for names and addresses of local networks and for those above, and for nothing else."""


@app.command("init")
def init(
    ctx: typer.Context,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="HOST", help="A name or address that browsers use; may be given several times."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Make a new authority too: every phone must then be told again.")
    ] = False,
) -> None:
    """Make or renew the certificate of this machine, and the authority where there is none yet."""
    from limen.web import tls  # late: whoever asks for help need not wait for cryptography

    context: Context = ctx.obj
    folder = tls.own_folder(context.settings)
    names = (*(name or ()), *_set_names(context.settings))
    made = tls.make(folder, names, datetime.now(UTC), new_authority=force)
    _answer(context, made, "Start limen serve again, for it reads the certificate when it starts.\n")


@app.command("show")
def show(ctx: typer.Context) -> None:
    """Show the fingerprints and names, and how phones are told to trust them."""
    from limen.web import tls  # late: as above

    context: Context = ctx.obj
    found = tls.read(tls.own_folder(context.settings))
    if found is None:
        raise NoInputError("there are no certificates of your own yet: limen tls init makes them")
    _answer(context, found, "")


def _answer(context: Context, found: "Certificates", more: str) -> None:
    from limen.web.tls import own_folder  # late: as above

    file = own_folder(context.settings) / "ca.crt"
    told = {
        "authority": {"file": str(file), "sha256": found.authority, "until": _day(found.authority_until)},
        "server": {"sha256": found.server, "until": _day(found.server_until), "names": list(found.names)},
        "left_out": list(found.left_out),
        "new_authority": found.new_authority,
    }
    lines = [
        f"authority {file}{' (new)' if found.new_authority else ''}, until {_day(found.authority_until)}",
        f"  SHA-256 {found.authority}",
        f"server, until {_day(found.server_until)}, for {', '.join(found.names)}",
        f"  SHA-256 {found.server}",
    ]
    if found.left_out:
        lines.append(
            f"left out, for this authority may not vouch for them: {', '.join(found.left_out)}; limen tls init --force "
            "makes a new authority that may, where they were given by --name"
        )
    address = f"{_address(context.settings, found.names)}/ca.crt"
    context.answer(told, "\n".join(lines) + f"\n\n{more}" + _TRUST.format(address=address))


def _set_names(settings: Settings) -> list[str]:
    """The names that the settings say browsers use."""
    public = urlsplit(settings.web.public_url).hostname
    return [*([public] if public else []), *settings.web.hosts]


def _address(settings: Settings, names: tuple[str, ...]) -> str:
    if settings.web.public_url:
        return settings.web.public_url
    host = next((each for each in names if each != "localhost"), "localhost")
    return f"https://{host}:{settings.web.listen.rpartition(':')[2]}"


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
