"""Faces for tests of guided capture: five points of an average head, turned in space."""

import io
import math

import numpy as np
from PIL import Image as Pillow

from door_samples import PRESETS
from limen.door.engines import EnginePool
from limen.door.guide import Look
from limen.embedding.fake import FakeEmbedder
from limen.engine import Engine
from limen.faces.quality import Quality, _pose
from limen.matching.thresholds import Thresholds
from limen.types import Box, Face, Image, Size

FRAME = Size(320, 240)
_HEAD = np.array([[-0.5, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.6, 0.6], [-0.36, 1.15, 0.0], [0.36, 1.15, 0.0]])
"""Eyes, nose and mouth: x to the image's right, y down, z towards the camera, in distances between the eyes."""


def turned(yaw_deg: float, pitch_deg: float, eyes_px: float = 40, centre: tuple[float, float] = (160, 120)) -> Face:
    """The head turned to the image's right and upwards, seen from far away."""
    yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
    points = (_HEAD - [0, 0.55, 0]) @ (about_y @ about_x).T
    landmarks = (points[:, :2] * eyes_px + centre).astype(np.float32)
    x, y = centre
    return Face(Box(x - eyes_px, y - 1.25 * eyes_px, x + eyes_px, y + 1.25 * eyes_px), 0.99, landmarks)


def look(face: Face | None, *, faces: int = 1, brightness: float = 120, sharpness: float = 20) -> Look:
    """What a frame shows in which this face was measured."""
    if face is None:
        return Look(FRAME, 0)
    yaw, pitch = _pose(face)
    quality = Quality(face.box.width, 1.0, brightness, sharpness, yaw, pitch)
    return Look(FRAME, faces, face.box, quality)


class PoseDetector:
    """Finds the faces that a test puts there."""

    def __init__(self) -> None:
        self.faces = [turned(0, 0)]

    def detect(self, image: Image, min_face_px: float) -> list[Face]:
        return [face for face in self.faces if face.box.width >= min_face_px]


class FakeCamera:
    """Somebody of one colour before a browser's camera, and the pool of the engine that sees them."""

    def __init__(self) -> None:
        self.detector = PoseDetector()
        self.engine = Engine(self.detector, FakeEmbedder(), Thresholds(PRESETS))
        self.pool = EnginePool(lambda: self.engine, 1)
        self._shown = 0

    def frame(self, colour: tuple[int, int, int]) -> bytes:
        """A picture of this colour, and of no other bytes than any before."""
        self._shown += 1
        picture = Pillow.new("RGB", (FRAME.width, FRAME.height), colour)
        picture.putpixel((0, 0), (self._shown % 256, self._shown // 256, 0))
        buffer = io.BytesIO()
        picture.save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()

    def pose(self, yaw_deg: float, pitch_deg: float) -> None:
        self.detector.faces = [turned(yaw_deg, pitch_deg)]


CONFIG = """
[enrolment.quality]
min_sharpness = 0
[door.quality]
min_sharpness = 0
[matching]
fmr = 0.01
"""
"""Settings by which plain colours are faces."""
POSES = ((0, 0), (18, 0), (-18, 0), (0, 15), (0, -15))
