"""A voice that keeps what it was told to say."""


class FakeSpeaker:
    """``said`` holds every sentence, the oldest first."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.closed = False

    def say(self, text: str) -> None:
        """Keep ``text``."""
        self.said.append(text)

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True
