"""What ``limen doctor`` finds of a real broker."""

from pathlib import Path

from mqtt_samples import Broker, Onlooker, linked, wait_until

from limen.door.checks.base import State
from limen.door.checks.locks import check_broker


def test_a_broker_that_answers_is_sent_nothing(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.start()
    try:
        with linked(broker.settings(), "onlooker") as link:
            onlooker = Onlooker(link, "#")
            check = check_broker(broker.settings())
            assert (check.state, "answers" in check.detail) == (State.OK, True)
            link.publish("end", b"")
            wait_until(lambda: bool(onlooker.seen), "the onlooker sees the end")
            assert [message.topic for message in onlooker.seen] == ["end"]
    finally:
        broker.stop()


def test_a_broker_that_wants_a_password(tmp_path: Path) -> None:
    broker = Broker(tmp_path, "allow_anonymous false")
    broker.start()
    try:
        check = check_broker(broker.settings(username="limen", password="wrong"))
    finally:
        broker.stop()
    assert (check.state, "wrong" in check.detail) == (State.FAULT, False)
