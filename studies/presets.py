"""Measures the presets that stand in the catalogue: which similarity two different people reach how often.

    python studies/presets.py FOLDER

FOLDER holds a folder of photos a person, as LFW does. Every photo is compared with every photo of everybody else. A
calibration on one's own people takes the place of these figures.
"""

import sys
from pathlib import Path

import numpy as np

from limen.camera.photo import load_photo, people_in
from limen.config import load_settings
from limen.door.build import build_engine
from limen.engine import main_face

RATES = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5, 1e-6)


def main(folder: Path) -> None:
    """Print the presets as TOML."""
    engine = build_engine(load_settings())
    vectors, owners = [], []
    for person, (_, photos) in enumerate(people_in(folder)):
        for path in photos:
            image = load_photo(path).image
            if faces := engine.find_faces(image):
                (embedding,) = engine.embed(image, [main_face(image, faces)])
                vectors.append(embedding.vector)
                owners.append(person)
    alike, people = np.stack(vectors) @ np.stack(vectors).T, np.array(owners)
    upper = np.triu_indices(len(people), 1)
    impostors = np.sort(alike[upper][people[upper[0]] != people[upper[1]]])[::-1]
    print(f"# {len(people)} photos of {len(set(owners))} people, {len(impostors):,} pairs of different people")
    for rate in RATES:
        similarity = impostors[int(rate * len(impostors))]
        print(f"[[models.presets]]\nfmr = {rate:.0e}\nsimilarity = {similarity:.4f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
