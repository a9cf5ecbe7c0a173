import os

import pytest

from limen.camera.photo import people_in, photos_in
from limen.errors import NoInputError


@pytest.fixture
def folder(tmp_path):
    for name in ("b_2.PNG", "a.jpg", "c.webp", ".hidden.jpg", "notes.txt", "list.csv"):
        (tmp_path / name).touch()
    (tmp_path / "folder.jpg").mkdir()
    return tmp_path


def test_photos_in_the_order_of_their_names(folder):
    assert [path.name for path in photos_in(folder)] == ["a.jpg", "b_2.PNG", "c.webp"]


@pytest.mark.parametrize("listing", [photos_in, people_in])
class TestNothingThere:
    def test_missing(self, listing, tmp_path):
        with pytest.raises(NoInputError, match="nowhere cannot be read as a folder"):
            listing(tmp_path / "nowhere")

    def test_a_file(self, listing, folder):
        with pytest.raises(NoInputError, match="cannot be read as a folder"):
            listing(folder / "a.jpg")

    def test_no_photos(self, listing, tmp_path):
        (tmp_path / ".hidden.jpg").touch()
        (tmp_path / "empty").mkdir()
        with pytest.raises(NoInputError, match="holds no photos"):
            listing(tmp_path)

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser reads everything")
    def test_unreadable(self, listing, folder):
        folder.chmod(0o000)
        try:
            with pytest.raises(NoInputError, match="Permission denied"):
                listing(folder)
        finally:
            folder.chmod(0o700)


def named(people):
    return [(name, [photo.name for photo in photos]) for name, photos in people]


def test_photos_named_after_their_person(tmp_path):
    for name in ("Bob_Ray.jpg", "Anna_Smith_0002.jpg", "Anna_Smith_0001.jpg", "notes.txt"):
        (tmp_path / name).touch()
    assert named(people_in(tmp_path)) == [
        ("Anna Smith", ["Anna_Smith_0001.jpg", "Anna_Smith_0002.jpg"]),
        ("Bob Ray", ["Bob_Ray.jpg"]),
    ]


def test_a_folder_for_each_person(tmp_path):
    for name in ("Bob_Ray", "Anna Smith", "Nobody", ".git"):
        (tmp_path / name).mkdir()
    for name in ("Bob_Ray/x.jpg", "Anna Smith/2.png", "Anna Smith/1.png", "Nobody/notes.txt", ".git/y.jpg"):
        (tmp_path / name).touch()
    assert named(people_in(tmp_path)) == [("Anna Smith", ["1.png", "2.png"]), ("Bob Ray", ["x.jpg"])]


def test_both_at_once(tmp_path):
    (tmp_path / "Anna_Smith").mkdir()
    for name in ("Anna_Smith/1.png", "Anna_Smith-2.jpg", "Bob.jpg"):
        (tmp_path / name).touch()
    assert named(people_in(tmp_path)) == [("Anna Smith", ["1.png", "Anna_Smith-2.jpg"]), ("Bob", ["Bob.jpg"])]


def test_labelled_faces_in_the_wild(shared):
    people = dict(people_in(shared / "data" / "lfw"))
    assert [photo.name for photo in people["AJ Cook"]] == ["AJ_Cook_0001.jpg"]
    assert len(people) > 100
