"""What outlives a visit: people, where their photos came from, encrypted templates, cards, rules, and events.

In: a data folder, the environment that may hold the key, embeddings to enrol and events to keep. Out: a
``Store``, whose templates are decrypted for the gallery and whose ``events`` are the audit. May import SQLAlchemy,
Alembic (late: a cold start does not pay for it), cryptography and NumPy; never web, cv2 or onnxruntime.
"""

from limen.store.credentials import CardRecord, Holder, PinRecord
from limen.store.database import Store, open_store
from limen.store.enrolment import Enrolled, NewTemplate
from limen.store.events import EventRecord, Events
from limen.store.names import clean_name
from limen.store.people import People
from limen.store.records import PersonRecord, PhotoId, PhotoRecord, PhotoSource, TakenFrom, TemplateRecord
from limen.store.templates import Templates

__all__ = [
    "CardRecord",
    "Enrolled",
    "EventRecord",
    "Events",
    "Holder",
    "NewTemplate",
    "People",
    "PersonRecord",
    "PhotoId",
    "PhotoRecord",
    "PhotoSource",
    "PinRecord",
    "Store",
    "TakenFrom",
    "TemplateRecord",
    "Templates",
    "clean_name",
    "open_store",
]
