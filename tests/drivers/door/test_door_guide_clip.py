"""The guide before a real person who turns her head, seen by the real networks."""

from pathlib import Path

import cv2
import numpy as np

from limen.camera.opencv import video_file
from limen.camera.photo import Photo
from limen.config import EnrolmentSettings
from limen.door.enrol_look import look_at
from limen.door.guide import FULL, Guide
from limen.door.poses import Direction
from limen.engine import Engine


def test_a_head_that_turns_is_captured_straight_left_and_right(shared: Path, engine: Engine) -> None:
    source, settings = video_file(shared / "data" / "clips" / "live_head_turn.gif"), EnrolmentSettings()
    guide, now_s, found = Guide(FULL, settings.quality), 0.0, list[Direction]()

    while (picture := source.read()) is not None:
        large = np.asarray(cv2.resize(picture, None, fx=2, fy=2), np.uint8)
        seen = look_at(Photo(large, "", "GIF"), engine, settings)
        for _ in range(5):  # She turns within two seconds: slowed down to the pace of somebody who is guided.
            now_s += 0.2
            guidance = guide.look(seen.look, now_s)
            if guidance.capture:
                found.append(guidance.capture)
                guide.keep(seen.look, guidance, now_s)

    # Her own left and right, which a camera shows the other way round; she looks neither up nor down.
    assert set(found) == {Direction.STRAIGHT, Direction.LEFT, Direction.RIGHT}
