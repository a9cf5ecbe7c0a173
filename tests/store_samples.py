"""Things to put into a store."""

import hashlib
from pathlib import Path

import numpy as np

from limen.store import NewTemplate, PhotoSource, Store, TakenFrom, open_store
from limen.types import Embedding, ModelKey, Size

MODEL = ModelKey("sha256:first")
OTHER_MODEL = ModelKey("sha256:second")


def opened(folder: Path, **environment: str) -> Store:
    return open_store(folder, environment=environment)


def embedding(seed: int, model: ModelKey = MODEL) -> Embedding:
    return Embedding(np.random.default_rng(seed).normal(size=128).astype(np.float32), model)


def photo_bytes(seed: int) -> bytes:
    return np.random.default_rng([seed, 1]).bytes(5000)


def new_template(seed: int, model: ModelKey = MODEL, *, keep: bool = False) -> NewTemplate:
    content = photo_bytes(seed)
    source = PhotoSource(
        f"photo {seed}.jpg", hashlib.sha256(content).hexdigest(), Size(640, 480), TakenFrom.FILE, {"sharpness": 0.5}
    )
    return NewTemplate(embedding(seed, model), source, content if keep else None)


def all_bytes(folder: Path) -> bytes:
    """Everything in the database's files, the write-ahead log too."""
    files = sorted(folder.glob("limen.db*"))
    return b"".join(file.read_bytes() for file in files)
