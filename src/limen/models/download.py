"""Files over https, from the first mirror that sends the right one; cut connections are carried on."""

import http.client
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from limen.errors import DownloadError, ModelError
from limen.models.catalogue import ModelFile, check_url
from limen.models.digest import sha256_of
from limen.models.progress import Progress
from limen.models.storage import sync_folder, writing
from limen.version import __version__

_BLOCK = 1 << 18
_ATTEMPTS = 3
"""How often a mirror is asked that keeps cutting the connection."""
_LARGEST = 1 << 30
"""Bytes taken from a mirror that does not say how many it will send, for a file of unpublished size."""


class _MirrorError(Exception):
    """What a mirror did wrong."""


class _CutError(_MirrorError):
    """The connection broke: what came is good to carry on from."""


class _WrongFileError(_MirrorError):
    """The mirror sends another file."""


@dataclass(frozen=True, slots=True)
class _Transfer:
    """What is fetched, where to, and how."""

    file: ModelFile
    part: Path
    report: Progress
    timeout_s: float


def download(file: ModelFile, target: Path, progress: Progress, timeout_s: float = 30.0) -> None:
    """Put ``file`` at ``target`` once its digest is right; for one process at a time.

    A mirror that says nothing for ``timeout_s`` is given up.

    Raises:
        DownloadError: no mirror delivered.
        ModelError: what mirrors delivered is not the file of the catalogue.
        StoreError: the file cannot be written.
    """
    part = target.with_name(target.name + ".part")
    transfer = _Transfer(file, part, progress, timeout_s)
    failures: list[tuple[str, _MirrorError]] = []
    with writing(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        for url in file.urls:
            try:
                _from_mirror(url, transfer)
            except _MirrorError as error:
                failures.append((url, error))
                continue
            part.replace(target)
            sync_folder(target.parent)
            return
    said = "; ".join(f"{url}: {error}" for url, error in failures)
    if any(isinstance(error, _WrongFileError) for _, error in failures):
        raise ModelError(f"{file.name} was not downloaded, a mirror sends another file. {said}")
    raise DownloadError(f"{file.name} was not downloaded: check the network and try again. {said}")


def _from_mirror(url: str, transfer: _Transfer) -> None:
    """Fill the part from one mirror, once more from the start where what was there before spoilt it."""
    resumed = transfer.part.exists()
    try:
        _complete(url, transfer)
        _check(transfer)
    except _WrongFileError:
        transfer.part.unlink(missing_ok=True)
        if not resumed:
            raise
        _from_mirror(url, transfer)


def _complete(url: str, transfer: _Transfer) -> None:
    """Ask for what the part lacks, again where the connection is cut."""
    part, size = transfer.part, transfer.file.bytes
    for attempt in range(_ATTEMPTS):
        start = part.stat().st_size if part.exists() else 0
        if size is not None and start >= size:
            return
        try:
            _fetch(url, transfer, start)
        except _CutError:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            return


def _check(transfer: _Transfer) -> None:
    digest = sha256_of(transfer.part)
    if digest != transfer.file.sha256:
        raise _WrongFileError(f"sent a file with sha256 {digest}, the catalogue says {transfer.file.sha256}")


def _fetch(url: str, transfer: _Transfer, start: int) -> None:
    """One request, from byte ``start`` on if the mirror can, else from the first."""
    file = transfer.file
    with _open(url, start, transfer.timeout_s) as response:
        done = _first_byte(response, start)
        announced = _announced(response, done)
        total = file.bytes or announced
        if announced is not None and announced != total:
            raise _WrongFileError(f"announces {announced} bytes, the catalogue says {total}")
        with transfer.part.open("ab" if done else "wb") as out:
            for block in _blocks(response):
                done += len(block)
                if done > (total or _LARGEST):
                    raise _WrongFileError(f"sends more than the {total or _LARGEST} bytes expected")
                out.write(block)
                transfer.report(file.name, done, total)
            out.flush()
            os.fsync(out.fileno())
    if total is not None and done < total:
        raise _CutError(f"the connection was cut after {done} of {total} bytes")


def _open(url: str, start: int, timeout_s: float) -> http.client.HTTPResponse:
    headers = {"User-Agent": f"limen/{__version__}", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = Request(url, headers=headers)  # noqa: S310 - checked with the catalogue, and at each redirection
    try:
        response: http.client.HTTPResponse = _opener(url).open(request, timeout=timeout_s)
    except HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise _WrongFileError(f"has no bytes behind the {start} that are there") from error
        raise _MirrorError(f"answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _MirrorError(f"does not answer: {getattr(error, 'reason', error)}") from error
    return response


def _opener(url: str) -> OpenerDirector:
    # A proxy is of no use for, and knows nothing of, this machine's own addresses.
    return build_opener(_CheckedRedirects, *([ProxyHandler({})] if url.startswith("http:") else []))


class _CheckedRedirects(HTTPRedirectHandler):
    """Follows a redirection only to where the catalogue itself could have pointed."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> Request | None:
        """The next request.

        Raises:
            ValueError: the address is not one that may be asked.
        """
        try:
            check_url(newurl)
        except ValueError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _first_byte(response: http.client.HTTPResponse, asked: int) -> int:
    """Where what is sent begins: mirrors may ignore the wish to carry on."""
    if response.status != http.HTTPStatus.PARTIAL_CONTENT:
        return 0
    sent = response.headers.get("Content-Range", "")
    if not sent.startswith(f"bytes {asked}-"):
        raise _WrongFileError(f"was asked for the bytes from {asked} on and sent {sent or 'others'}")
    return asked


def _announced(response: http.client.HTTPResponse, start: int) -> int | None:
    """How many bytes the whole file has by the mirror's word."""
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdecimal() else None


def _blocks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            block = response.read(_BLOCK)
        except (OSError, http.client.HTTPException) as error:
            raise _CutError(f"the connection broke: {error!r}") from error
        if not block:
            return
        yield block
