"""What happened, on record: an event comes in, and once the sink returns it is kept for good.

``base`` is the port; the store keeps events in its database, ``fake`` in a list. May import the standard
library and, in a driver's file, that driver's own; never cv2 or NumPy.
"""
