"""A door: what joins the stages.

``visit`` is the way from a frame to decisions, ``runtime`` runs it on a camera and moves the lock, ``enrolment`` makes
templates from photos, ``build`` is the only file that names drivers. May import every stage and the store.
"""
