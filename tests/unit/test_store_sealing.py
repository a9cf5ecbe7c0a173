import pytest

from limen.errors import TemplateError
from limen.store.sealing import Sealer, photo_row, template_row

KEY = bytes(range(32))


def test_what_was_sealed_opens() -> None:
    sealed = Sealer(KEY).seal(b"content", template_row("1", "anna", "model"))
    assert Sealer(KEY).open(sealed, "template:1 of anna by model") == b"content"


def test_two_seals_of_the_same_share_no_bytes_in_order() -> None:
    sealer = Sealer(KEY)
    first, second = sealer.seal(b"content", "template:1"), sealer.seal(b"content", "template:1")
    assert first[:12] != second[:12]
    assert first[12:] != second[12:]
    assert len(first) == 12 + len(b"content") + 16


@pytest.mark.parametrize(
    "row",
    [
        template_row("2", "anna", "model"),
        template_row("1", "bob", "model"),
        template_row("1", "anna", "x"),
        photo_row("1"),
        "",
    ],
)
def test_it_opens_in_its_own_row_only(row: str) -> None:
    sealed = Sealer(KEY).seal(b"content", template_row("1", "anna", "model"))
    with pytest.raises(TemplateError, match=f"^{row} cannot be decrypted"):
        Sealer(KEY).open(sealed, row)


@pytest.mark.parametrize("position", [0, 11, 12, 18, 19, -1])
def test_every_byte_counts(position: int) -> None:
    sealed = bytearray(Sealer(KEY).seal(b"content", photo_row("1")))
    sealed[position] ^= 1
    with pytest.raises(TemplateError, match="photo:1"):
        Sealer(KEY).open(bytes(sealed), photo_row("1"))


@pytest.mark.parametrize("length", [0, 5, 12, 20])
def test_a_cut_seal_does_not_open(length: int) -> None:
    sealed = Sealer(KEY).seal(b"content", "template:1")
    with pytest.raises(TemplateError):
        Sealer(KEY).open(sealed[:length], "template:1")


def test_another_key_does_not_open() -> None:
    sealed = Sealer(KEY).seal(b"content", "template:1")
    with pytest.raises(TemplateError):
        Sealer(KEY[::-1]).open(sealed, "template:1")
