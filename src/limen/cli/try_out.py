"""``limen try``: test photos in the browser, one by one."""

import os
import secrets
import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from limen.cli.context import Context, note
from limen.door.build import build_engine
from limen.door.build_store import build_store

_LOOKING_AT_A_TIME = 4
"""Each takes a quarter of a second to start."""


def try_out(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", readable=False, help="Test photos, also in folders below it.")
    ],
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port to serve at; any free one.", show_default=False)
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> None:
    """Walk through test photos in the browser: would each unlock the door, for whom, and why."""
    # Late: FastAPI takes half a second to import, and no other command serves anything.
    from limen.web.looking import Looker, photos_to_try
    from limen.web.serving import listen, serve
    from limen.web.try_out import Trial, build_app

    context: Context = ctx.obj
    photos = photos_to_try(folder)
    listener = listen(port or 0)
    engines = [build_engine(context.settings) for _ in range(min(os.cpu_count() or 1, _LOOKING_AT_A_TIME))]
    key = secrets.token_urlsafe(24)
    with listener, build_store(context.settings) as store:
        looker = Looker(photos, engines, context.settings)
        trial = Trial(folder, photos, looker, (engines[0], store, context.settings))
        # Asked for once before anybody can: thresholds that are missing are told here, not on the page.
        trial.shown()
        url = f"http://{listener.getsockname()[0]}:{listener.getsockname()[1]}/?key={key}"
        _announce(context, url, trial.search.gallery.people, len(photos))
        if not no_browser:
            threading.Thread(target=_browse, args=(url,), daemon=True).start()
        with looker.running():
            serve(build_app(trial, key), listener)


def _announce(context: Context, url: str, people: int, photos: int) -> None:
    if context.json:
        context.answer({"url": url}, "")
    note(f"{photos:,} photo(s), {people:,} enrolled. The page, until Ctrl-C:\n  {url}")
    if not people:
        note("Nobody is enrolled: enrol people meanwhile (limen enrol), and load the page again.")


def _browse(url: str) -> None:
    """Open a browser with a window of its own; one that runs in a terminal would take over this one."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(url)
