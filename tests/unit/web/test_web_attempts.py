"""How whoever tries passwords is slowed down."""

from limen.web.attempts import Attempt, Attempts


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def failing(attempts: Attempts, name: str, address: str, times: int) -> list[float]:
    """The waits that the tries were answered with."""
    found = [attempts.begin(name, address) for _ in range(times)]
    return [each for each in found if not isinstance(each, Attempt)]


def test_after_five_failures_one_waits_and_twice_as_long_after_each_further_one() -> None:
    clock = Clock()
    attempts = Attempts(now_s=clock)
    assert failing(attempts, "anna", "192.0.2.1", 5) == []
    for wait_s in (30, 60, 120, 240, 480, 900, 900):
        assert failing(attempts, "anna", "192.0.2.1", 1) == [wait_s]
        clock.now_s += wait_s
        assert failing(attempts, "anna", "192.0.2.1", 1) == []


def test_names_and_addresses_count_by_themselves() -> None:
    attempts = Attempts(now_s=Clock())
    failing(attempts, "Anna ", "192.0.2.1", 5)
    assert failing(attempts, "anna", "192.0.2.2", 1) == [30]
    assert failing(attempts, "ben", "192.0.2.1", 1) == [30]
    assert failing(attempts, "ben", "192.0.2.2", 1) == []
    failing(attempts, "carla", "2001:db8::1", 3)
    failing(attempts, "dora", "2001:db8::2:2", 3)
    assert failing(attempts, "emil", "2001:db8::ffff", 1) == [30]


def test_who_signs_in_starts_anew_and_is_kept_out_by_nobody_elsewhere() -> None:
    attempts = Attempts(now_s=Clock())
    failing(attempts, "anna", "192.0.2.1", 4)
    attempts.succeeded("anna", "192.0.2.1")
    failing(attempts, "anna", "192.0.2.66", 5)
    assert failing(attempts, "anna", "192.0.2.77", 1) == [30]
    assert failing(attempts, "anna", "192.0.2.1", 5) == []
    assert failing(attempts, "anna", "192.0.2.1", 1) == [30]


def test_half_an_answer_is_no_failure_and_an_hour_in_peace_is_forgotten() -> None:
    clock = Clock()
    attempts = Attempts(now_s=clock)
    for _ in range(9):
        attempt = attempts.begin("anna", "192.0.2.1")
        assert isinstance(attempt, Attempt)
        attempts.take_back(attempt)
    failing(attempts, "anna", "192.0.2.1", 4)
    clock.now_s += 5000
    assert failing(attempts, "anna", "192.0.2.1", 5) == []


def test_taking_back_one_try_takes_back_no_other() -> None:
    attempts = Attempts(now_s=Clock())
    first = attempts.begin("anna", "192.0.2.1")
    failing(attempts, "anna", "192.0.2.1", 4)
    assert isinstance(first, Attempt)
    attempts.take_back(first)
    assert failing(attempts, "anna", "192.0.2.1", 2) == [30]


def test_memory_is_bounded() -> None:
    attempts = Attempts(now_s=Clock(), most_kept=100)
    for number in range(200):
        attempts.begin(f"name {number}", f"10.0.0.{number}")
        attempts.succeeded(f"other {number}", f"10.9.0.{number}")
    assert len(attempts._kept) == 100
    assert len(attempts._trusted) == 100
