"""What outlives a visit: people, where their photos came from, encrypted templates, and events.

In: a data folder, the environment that may hold the key, embeddings to enrol and events to keep. Out: a
``Store``, whose templates are decrypted for the gallery and whose ``events`` are the ``AuditSink`` of the
doors. May import SQLAlchemy, Alembic (late: a cold start does not pay for it), cryptography and NumPy; never
web, cv2 or onnxruntime.
"""

from limen.store.database import Store, open_store
from limen.store.enrolment import Enrolled, NewTemplate
from limen.store.events import EventRecord, Events
from limen.store.names import clean_name
from limen.store.people import People
from limen.store.records import PersonRecord, PhotoId, PhotoRecord, PhotoSource, TakenFrom, TemplateRecord
from limen.store.templates import Templates

__all__ = [
    "Enrolled",
    "EventRecord",
    "Events",
    "NewTemplate",
    "People",
    "PersonRecord",
    "PhotoId",
    "PhotoRecord",
    "PhotoSource",
    "Store",
    "TakenFrom",
    "TemplateRecord",
    "Templates",
    "clean_name",
    "open_store",
]
