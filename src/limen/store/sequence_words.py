"""The numbers of events in words, for what is put on record about them."""

from collections.abc import Iterable


def sequence_words(sequences: Iterable[int]) -> str:
    """As ``events 5, 9-11``: sorted, each once, neighbours put together."""
    spans: list[tuple[int, int]] = []
    for sequence in sorted(set(sequences)):
        if spans and sequence == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], sequence)
        else:
            spans.append((sequence, sequence))
    parts = [str(first) if first == last else f"{first}-{last}" for first, last in spans]
    return f"event{'s' if len(parts) > 1 or '-' in parts[0] else ''} {', '.join(parts)}" if parts else "no events"
