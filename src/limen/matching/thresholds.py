"""From a wanted error rate to the similarity that is compared."""

import math
from dataclasses import dataclass
from itertools import pairwise

from limen.errors import ConfigError
from limen.models.catalogue import Preset


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What similarity a false match rate stands for, for one model: presets until a calibration exists."""

    presets: tuple[Preset, ...]

    def at_fmr(self, fmr: float) -> float:
        """The similarity that a comparison of two people reaches with probability ``fmr``.

        Between two presets, and beyond the last, the similarity is a straight line over the logarithm of the rate.

        Raises:
            ConfigError: the model has fewer than two presets, or its similarity does not fall as the rate rises.
        """
        known = sorted(self.presets, key=lambda preset: preset.fmr)
        if len(known) < 2:
            raise ConfigError(
                "the embedding model has no thresholds: measure them on photos of different people with "
                "'limen evaluate presets --images FOLDER', and put what it prints into config.toml"
            )
        if any(low.fmr == high.fmr or low.similarity <= high.similarity for low, high in pairwise(known)):
            raise ConfigError(
                "the embedding model's thresholds contradict each other: in its catalogue entry each "
                "[[models.presets]] needs an fmr of its own, and a smaller fmr a larger similarity"
            )
        upper = next((i for i, preset in enumerate(known) if preset.fmr >= fmr), len(known) - 1)
        low, high = known[max(upper - 1, 0)], known[max(upper, 1)]
        share = math.log(fmr / low.fmr) / math.log(high.fmr / low.fmr)
        return low.similarity + share * (high.similarity - low.similarity)

    def for_search(self, fpir: float, people: int) -> tuple[float, float]:
        """Threshold and false match rate of one comparison in a search among ``people``.

        A stranger is compared with everybody, so what is allowed to one comparison is about the K-th part of ``fpir``.
        """
        single = 1 - (1 - fpir) ** (1 / max(people, 1))
        return self.at_fmr(single), single
