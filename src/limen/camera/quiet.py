"""Keep OpenCV and FFmpeg off standard error: what fails is raised instead."""

import os

import cv2


def quieten() -> None:
    """Silence both, for the whole process; whoever set their environment variables still hears them."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
