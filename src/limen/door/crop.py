"""The face of a decision as a small picture."""

import cv2
import numpy as np

from limen.types import Box, Image

_AROUND = 0.25
_LONGEST_PX = 224
_QUALITY = 80


def face_jpeg(image: Image, box: Box) -> bytes | None:
    """A JPEG of the face and a quarter of its size around it, at most 224 pixels; ``None`` where nothing is inside."""
    height, width = image.shape[:2]
    x1, x2 = (int(np.clip(x, 0, width)) for x in (box.x1 - _AROUND * box.width, box.x2 + _AROUND * box.width))
    y1, y2 = (int(np.clip(y, 0, height)) for y in (box.y1 - _AROUND * box.height, box.y2 + _AROUND * box.height))
    if x2 <= x1 or y2 <= y1:
        return None
    scale = min(1.0, _LONGEST_PX / max(x2 - x1, y2 - y1))
    size = (max(round((x2 - x1) * scale), 1), max(round((y2 - y1) * scale), 1))
    small = cv2.resize(image[y1:y2, x1:x2], size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes() if done else None
