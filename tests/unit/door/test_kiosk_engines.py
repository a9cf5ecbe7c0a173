"""Engines that many threads share."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from door_samples import ANNA, FakeParts, picture
from limen.door.engines import EnginePool, engines_here
from limen.engine import Engine
from limen.errors import ModelError


def until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it never came to that")


class Queue:
    """Threads that ask a pool for an engine, one after the other, and how they were served."""

    def __init__(self, pool: EnginePool) -> None:
        self.pool, self.served = pool, list[int]()
        self.threads: list[threading.Thread] = []

    def ask(self, number: int) -> None:
        waiting = len(self.pool._queue)
        thread = threading.Thread(target=self._use, args=(number,))
        thread.start()
        self.threads.append(thread)
        until(lambda: len(self.pool._queue) > waiting)

    def _use(self, number: int) -> None:
        with self.pool.borrow():
            self.served.append(number)

    def join(self) -> None:
        for thread in self.threads:
            thread.join(5)


def test_whoever_waits_is_served_in_the_order_of_asking() -> None:
    pool = EnginePool(lambda: FakeParts().engine, size=1)
    queue = Queue(pool)
    with pool.borrow():
        for number in range(20):
            queue.ask(number)
        assert queue.served == []
    queue.join()
    assert queue.served == list(range(20))


def test_engines_are_built_when_they_are_needed_and_no_more_than_that() -> None:
    built: list[Engine] = []

    def build() -> Engine:
        built.append(FakeParts().engine)
        return built[-1]

    pool = EnginePool(build, size=2)
    assert built == []
    assert pool.model == pool.shared().model
    assert len(built) == 1
    with ExitStack() as both:
        first = both.enter_context(pool.borrow())
        assert both.enter_context(pool.borrow()) is not first
    assert len(built) == 2
    assert 1 <= engines_here() <= 4


def test_an_engine_that_cannot_be_built_is_an_error_for_whoever_asks_and_is_tried_again() -> None:
    broken = [True]

    def build() -> Engine:
        if broken[0]:
            raise ModelError("there is no such model")
        return FakeParts().engine

    pool = EnginePool(build, size=1)
    with pytest.raises(ModelError), pool.borrow():
        pass
    with pytest.raises(ModelError):
        pool.shared()
    broken[0] = False
    with pool.borrow() as engine:
        assert engine.model == pool.model


def test_a_shared_engine_looks_with_the_engine_that_its_thread_holds() -> None:
    with ThreadPoolExecutor(1) as thread:  # Its own, for whoever takes a turn gives way from then on.
        thread.submit(_looks_with_what_it_holds).result()


def _looks_with_what_it_holds() -> None:
    pool = EnginePool(lambda: FakeParts().engine, size=1)
    shared, turn = pool.shared(), pool.turn()
    assert turn.take(lambda: True)
    assert turn.take(lambda: True)
    image = picture(ANNA)
    faces = shared.detector.detect(image, 20)
    assert len(shared.embed(image, faces)) == 1
    assert shared.embed(image, []) == []
    queue = Queue(pool)
    queue.ask(1)
    turn.leave()
    turn.leave()
    queue.join()
    assert queue.served == [1]
    assert (shared.measure, shared.embedder.size) == (pool.measure, pool.shared().embedder.size)
    assert shared.thresholds is pool.thresholds


def test_who_no_longer_wants_an_engine_waits_no_longer_and_those_behind_keep_their_places() -> None:
    pool = EnginePool(lambda: FakeParts().engine, size=1)
    queue, wanted, came = Queue(pool), threading.Event(), list[bool]()
    wanted.set()
    with pool.borrow():
        queue.ask(1)
        door = threading.Thread(target=lambda: came.append(pool.turn().take(wanted.is_set)))
        door.start()
        until(lambda: len(pool._queue) == 2)
        queue.ask(2)
        wanted.clear()
        door.join(5)
        assert came == [False]
        assert len(pool._queue) == 2
    queue.join()
    assert queue.served == [1, 2]
