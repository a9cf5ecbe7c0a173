"""Faces in a picture: where they are, how good they are, which is which from frame to frame.

In: an image. Out: faces with boxes and landmarks, aligned crops, quality, tracks.
May import NumPy, cv2 and ``limen.models``; no other stage.
"""
