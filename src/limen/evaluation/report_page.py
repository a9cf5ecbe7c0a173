"""A report as one HTML file that opens without a network: pictures and style are in it, and there is no script."""

import base64
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from limen.errors import BadDataError, StoreError
from limen.evaluation.plots.style import percent
from limen.evaluation.rate_words import false_entry_every, one_in
from limen.evaluation.report import GALLERIES, Report
from limen.models.storage import replace_file
from limen.version import __version__

_SUFFIXES = (".html", ".htm")


def check_report_path(path: Path) -> None:
    """Refuse a place where no report can be written: to be called before the long work begins.

    Raises:
        BadDataError: the name does not end in ``.html``, or is that of a folder.
        StoreError: there is no such folder.
    """
    if path.suffix.lower() not in _SUFFIXES or path.is_dir():
        raise BadDataError(f"{path} is no name for a report: name a file that ends in .html")
    if not path.absolute().parent.is_dir():
        raise StoreError(f"{path} cannot be written: there is no folder {path.absolute().parent}; make it first")


def render(report: Report) -> str:
    """The report as HTML; what comes from names of files and people is escaped."""
    pages = Environment(loader=PackageLoader("limen.evaluation"), autoescape=True, undefined=StrictUndefined)
    pages.filters |= {"percent": _percent, "one_in": one_in, "data_uri": _data_uri, "share": _share}
    return pages.get_template("report.html").render(
        report=report, plan=report.plan, galleries=GALLERIES, every=false_entry_every, version=__version__
    )


def write_report(path: Path, report: Report) -> None:
    """Write the report; the file appears whole or not at all.

    Raises:
        StoreError: ``path`` cannot be written.
    """
    try:
        replace_file(path.absolute(), render(report).encode("utf-8", "replace"))
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}): check folder, rights and space") from error


def _percent(rate: float | None) -> str:
    """``0.1 %``; a dash where nothing was measured."""
    return "–" if rate is None else "0 %" if rate == 0 else percent(rate)


def _share(rate: float | None) -> str:
    """A rate to a tenth of a percent; a dash where nothing was measured."""
    return "–" if rate is None else f"{rate:.1%}".replace("%", " %")


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
