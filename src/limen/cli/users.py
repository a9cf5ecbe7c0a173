"""``limen users``: the accounts of the web pages, also for owners who locked themselves out."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from limen.cli.context import Context
from limen.door.build_store import build_store
from limen.errors import BadDataError, UnknownNameError

if TYPE_CHECKING:
    from limen.store import Store
    from limen.store.users import User

app = typer.Typer(no_args_is_help=True, help="The accounts of the web pages.")

_ROLES = ("owner", "admin", "enroller", "attendant", "viewer")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The account's name.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input, instead of asking for it.")
]


@app.command("list")
def list_users(ctx: typer.Context) -> None:
    """Show every account."""
    context: Context = ctx.obj
    with build_store(context.settings, create=False) as store:
        users = store.users.all()
    context.answer({"users": [_entry(user) for user in users]}, "\n".join(map(_line, users)) or "no accounts yet")


@app.command("add")
def add(
    ctx: typer.Context,
    name: Name,
    role: Annotated[str, typer.Option(help=f"What the account may do: {', '.join(_ROLES)}.")] = "viewer",
    password_stdin: FromStdin = False,
) -> None:
    """Make an account."""
    context: Context = ctx.obj
    if role not in _ROLES:
        raise BadDataError(f"there is no role {role!r}, expected one of {', '.join(_ROLES)}")
    with build_store(context.settings) as store:
        if store.users.find(name) is not None:
            raise BadDataError(f"there is already an account {name!r}: give another name")
        hashed = _new_hash(context, name, from_stdin=password_stdin)
        user = store.users.add(name, role, hashed)
    context.answer(_entry(user), f"{user.name} may sign in, as {user.role}")


@app.command("reset-password")
def reset_password(ctx: typer.Context, name: Name, password_stdin: FromStdin = False) -> None:
    """Give an account a new password; wherever it is signed in, it must sign in again."""
    context: Context = ctx.obj
    with build_store(context.settings, create=False) as store:
        user = _found(store, name)
        store.users.set_password_hash(user.id, _new_hash(context, name, from_stdin=password_stdin))
        ended = store.sessions.end_all(user.id)
    context.answer(_entry(user) | {"ended": ended}, f"{user.name} has a new password; {ended} session(s) ended")


@app.command("reset-totp")
def reset_totp(ctx: typer.Context, name: Name) -> None:
    """Take the second factor off an account, whose phone was lost."""
    context: Context = ctx.obj
    with build_store(context.settings, create=False) as store:
        user = _found(store, name)
        store.users.set_totp(user.id, None)
        ended = store.sessions.end_all(user.id)
        user = store.users.get(user.id)
    text = f"{user.name} signs in with the password alone, and is asked to set up a new second factor"
    context.answer(_entry(user) | {"ended": ended}, text)


@app.command("role")
def role(ctx: typer.Context, name: Name, role: Annotated[str, typer.Argument(metavar="ROLE")]) -> None:
    """Give an account another role."""
    context: Context = ctx.obj
    if role not in _ROLES:
        raise BadDataError(f"there is no role {role!r}, expected one of {', '.join(_ROLES)}")
    with build_store(context.settings, create=False) as store:
        user = store.users.set_role(_found(store, name).id, role)
    context.answer(_entry(user), f"{user.name} is {user.role} now")


@app.command("disable")
def disable(ctx: typer.Context, name: Name) -> None:
    """Let an account sign in no longer; wherever it is signed in, that ends."""
    _set_disabled(ctx.obj, name, disabled=True)


@app.command("enable")
def enable(ctx: typer.Context, name: Name) -> None:
    """Let an account sign in again."""
    _set_disabled(ctx.obj, name, disabled=False)


@app.command("delete")
def delete(ctx: typer.Context, name: Name) -> None:
    """Delete an account; what it did stays on record."""
    context: Context = ctx.obj
    with build_store(context.settings, create=False) as store:
        user = _found(store, name)
        store.users.delete(user.id)
    context.answer(_entry(user), f"{user.name} is deleted")


def _set_disabled(context: Context, name: str, *, disabled: bool) -> None:
    with build_store(context.settings, create=False) as store:
        user = store.users.set_disabled(_found(store, name).id, disabled)
    context.answer(_entry(user), f"{user.name} may {'no longer sign in' if disabled else 'sign in'}")


def _found(store: "Store", name: str) -> "User":
    user = store.users.find(name)
    if user is None:
        known = ", ".join(each.name for each in store.users.all()) or "none"
        raise UnknownNameError(f"there is no account {name!r}, only: {known}")
    return user


def _new_hash(context: Context, name: str, *, from_stdin: bool) -> str:
    """The hash of a password that was typed twice, or is one line of standard input."""
    from limen.web.passwords import Passwords, check_new_password  # late: the other commands need none of it

    if from_stdin:
        password = sys.stdin.readline(1000).rstrip("\r\n")
    elif sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        raise BadDataError("nobody can be asked for the password here: give it on standard input, --password-stdin")
    check_new_password(password, (name, context.settings.site.name))
    return Passwords().hash(password)


def _entry(user: "User") -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role,
        "totp": user.totp,
        "disabled": user.disabled,
        "signed_in_at": None if user.signed_in_at is None else user.signed_in_at.isoformat(),
    }


def _line(user: "User") -> str:
    more = [user.role]
    if user.totp:
        more.append("second factor")
    if user.disabled:
        more.append("disabled")
    last = f"last signed in {user.signed_in_at:%Y-%m-%d %H:%M} UTC" if user.signed_in_at else "never signed in"
    return f"{user.name}: {', '.join(more)}; {last}"
