"""Whether a face is alive.

In: a tracked face and its frame. Out: live, spoof, or not known; what is not known opens nothing. ``base`` is the port,
``fake`` what tests and trials use. May import NumPy and cv2; never torch, web or the database.
"""
