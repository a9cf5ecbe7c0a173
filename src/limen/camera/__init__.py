"""Pictures from outside.

In: a USB camera, a stream, a video, a folder of photos, or one photo. Out: ``Frame`` with the time it was
captured at (``capture``), or ``Photo`` (``photo``); always RGB, whatever the device speaks.
``sources.open_source`` turns what a person typed into a source; ``fake`` ships for tests and for those who
write a driver. A camera that fails says so, and one that shows the same picture for ever is found frozen:
neither looks like a quiet door.

May import NumPy, OpenCV, Pillow, ``types`` and ``errors``.
"""
