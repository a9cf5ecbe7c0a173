"""``limen voice``: what the door says aloud, tried out."""

from typing import Annotated

import typer

from limen.cli.context import Context, note
from limen.config import Settings
from limen.door.greeting import Greeter
from limen.errors import UnavailableError
from limen.voice.choose import speaker_for, voices_here

app = typer.Typer(no_args_is_help=True, help="What the door says aloud.")


@app.command("test")
def try_voice(
    ctx: typer.Context,
    text: Annotated[str | None, typer.Option(help="What is said; a greeting otherwise.", show_default=False)] = None,
) -> None:
    """Say a sentence with the voice of the settings, and wait until it is spoken; exit code 69 if it was not."""
    context: Context = ctx.obj
    settings = context.settings
    sentence = text if text is not None else _greeting(settings)
    speaker = speaker_for(settings.greeting, settings.site.language, note)
    try:
        why = speaker.speak_now(sentence)
    finally:
        speaker.close()
    document = {
        "voice": speaker.name,
        "language": settings.site.language,
        "text": sentence,
        "spoken": why is None,
        "why": why,
    }
    context.answer(document, f"{speaker.name}: {why or f'said {sentence!r}'}")
    raise typer.Exit(0 if why is None else UnavailableError.exit_code)


@app.command("list")
def list_voices(ctx: typer.Context) -> None:
    """Show what this machine could speak with, and which voice is used."""
    context: Context = ctx.obj
    greeting, language = context.settings.greeting, context.settings.site.language
    found = voices_here(greeting, language)
    usable = [one.voice for one in found if one.why_not is None]
    used = next(iter(usable), "none") if greeting.voice == "auto" else greeting.voice
    rows = [
        {"voice": one.voice, "usable": one.why_not is None, "in_use": one.voice == used, "why": one.why_not}
        for one in found
    ]
    lines = [f"{'*' if one.voice == used else ' '} {one.voice:<9} {one.why_not or 'usable'}" for one in found]
    context.answer({"language": language, "voices": rows}, "\n".join(lines))


def _greeting(settings: Settings) -> str:
    greeter = Greeter(settings.greeting, settings.site.language)
    greeter.enter("Anna", 0)
    return greeter.finish() or ""
