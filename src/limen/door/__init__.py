"""A door: what joins the stages.

``visit`` is the way from a frame to decisions, ``gate`` the one place where they become records and movements,
``runtime`` runs a door on a camera, ``house`` all doors of a process, ``enrolment`` and ``enrol_session`` make
templates, ``build`` and ``build_door`` are the only files that name drivers. May import every stage and the store.
"""
