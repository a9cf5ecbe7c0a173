"""One connection to an MQTT broker, kept up in a thread of its own."""

import asyncio
import concurrent.futures
import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass

import aiomqtt

from limen.config import MqttSettings, secret_text
from limen.errors import ConfigError, LockError

_WAITS_S = (0.2, 0.5, 1.0, 2.0, 5.0)
_KEEPALIVE_S = 10
_BROKER_S = 5.0
"""How long the broker may take to answer anything."""
_MOST_WAITING = 100
"""So many messages at most are on their way or waiting to be looked at: further ones are dropped."""
_SILENT = logging.Logger("mqtt", logging.CRITICAL + 1)  # what fails is told by LockError, not on standard error


@dataclass(frozen=True, slots=True)
class Message:
    """What came from the broker; ``retained``: kept there from earlier, not sent just now."""

    topic: str
    payload: bytes
    retained: bool


Handler = Callable[[Message], None]


class MqttLink:
    """Connects, and connects again with growing waits; nothing is kept to be sent later.

    With ``availability`` the broker holds ``online`` under that topic while the link is up, and ``offline`` (the last
    will) once it is gone. Handlers run in the link's thread: they must return at once, and send with ``post`` alone.

    Raises:
        ConfigError: there is no host, a file cannot be used, or certificates are named and TLS is off.
    """

    def __init__(self, settings: MqttSettings, client_id: str, availability: str | None = None) -> None:
        if not settings.host:
            raise ConfigError("mqtt.host is empty: set the broker's name or address")
        self._settings, self._client_id, self._availability = settings, client_id, availability
        self._password = _password(settings)
        self._tls = _tls(settings)
        self._handlers: dict[str, Handler] = {}
        self._when_connected: list[Callable[[], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: aiomqtt.Client | None = None
        self._closing = asyncio.Event()
        self._up = threading.Event()
        self._posted: set[asyncio.Task[None]] = set()
        self._why = "not started"
        self._thread = threading.Thread(target=self._run, name=f"mqtt {client_id}", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether the broker answered and nothing has broken since."""
        return self._up.is_set()

    def start(self, wait_s: float = 0.0) -> bool:
        """Begin to connect; whether that succeeded within ``wait_s``. It goes on trying in any case."""
        self._thread.start()
        return self._up.wait(wait_s)

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1, timeout_s: float = _BROKER_S
    ) -> None:
        """Return once the broker has taken the message.

        Raises:
            LockError: there is no connection, or the broker did not answer in time.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("publish waits for the link's thread and would wait forever in it: use post")
        client, loop = self._client, self._loop
        if client is None or loop is None or not self.connected:
            raise LockError(f"{self._broker} is not connected ({self._why}): check that it runs and the mqtt settings")
        sending = asyncio.run_coroutine_threadsafe(client.publish(topic, payload, qos=qos, retain=retain), loop)
        try:
            sending.result(timeout_s)
        except (aiomqtt.MqttError, concurrent.futures.CancelledError, TimeoutError) as error:
            sending.cancel()
            raise LockError(f"{self._broker} did not take a message within {timeout_s:g} s: {error}") from error

    def post(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None:
        """Send without waiting and from any thread; what cannot be sent is dropped."""
        client, loop = self._client, self._loop
        if client is None or loop is None or not self.connected:
            return
        with contextlib.suppress(RuntimeError):  # the loop has just ended
            loop.call_soon_threadsafe(self._post, client, topic, payload, retain, qos)

    def subscribe(self, topic: str, handler: Handler) -> None:
        """Give ``handler`` what comes under ``topic``, now and after each new connection.

        Raises:
            LockError: there is a connection, and the broker refused or did not answer.
        """
        self._handlers[topic] = handler
        client, loop = self._client, self._loop
        if client is None or loop is None or not self.connected:
            return
        asked = asyncio.run_coroutine_threadsafe(_subscribe(client, topic), loop)
        try:
            asked.result(_BROKER_S)
        except (aiomqtt.MqttError, concurrent.futures.CancelledError, TimeoutError) as error:
            raise LockError(f"{self._broker} did not let us subscribe to {topic}: {error}") from error

    def when_connected(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` in the link's thread after each new connection, and now where there is one."""
        self._when_connected.append(callback)
        if self.connected:
            callback()

    def close(self) -> None:
        """Say ``offline`` and disconnect; safe to call twice, and before ``start``."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                loop.call_soon_threadsafe(self._closing.set)
        if self._thread.is_alive():
            self._thread.join(2 * _BROKER_S)

    @property
    def _broker(self) -> str:
        return f"the MQTT broker {self._settings.host}:{self._settings.port}"

    def _run(self) -> None:
        # The loop that Windows has by default cannot watch sockets as aiomqtt needs it.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._keep_connected())

    async def _keep_connected(self) -> None:
        self._loop = asyncio.get_running_loop()
        attempt = 0
        while not self._closing.is_set():
            try:
                await self._session()
            except Exception as error:  # noqa: BLE001 - the top of the thread: without it nothing would connect again
                attempt = 0 if self.connected else attempt + 1
                self._why = str(error) or type(error).__name__
            finally:
                self._up.clear()
                self._client = None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _WAITS_S[min(attempt, len(_WAITS_S) - 1)])
        self._why = "closed"

    async def _session(self) -> None:
        """One connection: returns when the link is closed, raises when the connection ends."""
        async with self._new_client() as client:
            subscribed = await self._subscribe_all(client, frozenset())
            if self._availability is not None:
                await client.publish(self._availability, b"online", qos=1, retain=True)
            self._client = client
            self._up.set()
            # Whoever came meanwhile saw no connection yet.
            await self._subscribe_all(client, subscribed)
            for callback in self._when_connected:
                callback()
            await self._receive_until_closing(client)
            self._up.clear()
            if self._availability is not None:
                await client.publish(self._availability, b"offline", qos=1, retain=True)

    async def _subscribe_all(self, client: aiomqtt.Client, subscribed: frozenset[str]) -> frozenset[str]:
        topics = frozenset(list(self._handlers))
        for topic in topics - subscribed:
            await _subscribe(client, topic)
        return topics

    async def _receive_until_closing(self, client: aiomqtt.Client) -> None:
        receiving = asyncio.create_task(self._receive(client))
        closing = asyncio.create_task(self._closing.wait())
        try:
            await asyncio.wait((receiving, closing), return_when=asyncio.FIRST_COMPLETED)
            if receiving.done():
                receiving.result()
        finally:
            for task in (receiving, closing):
                task.cancel()
            await asyncio.gather(receiving, closing, return_exceptions=True)

    async def _receive(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            received = Message(str(message.topic), bytes(message.payload), bool(message.retain))
            for topic, handler in list(self._handlers.items()):
                if message.topic.matches(topic):
                    handler(received)

    def _post(self, client: aiomqtt.Client, topic: str, payload: bytes, retain: bool, qos: int) -> None:
        if client is not self._client or len(self._posted) >= _MOST_WAITING:
            return
        task = asyncio.ensure_future(_send(client, topic, payload, retain=retain, qos=qos))
        self._posted.add(task)
        task.add_done_callback(self._posted.discard)

    def _new_client(self) -> aiomqtt.Client:
        """A client of its own for each connection: an old one would send again what it could not send."""
        settings, will = self._settings, None
        if self._availability is not None:
            will = aiomqtt.Will(self._availability, b"offline", qos=1, retain=True)
        return aiomqtt.Client(
            settings.host,
            settings.port,
            username=settings.username or None,
            password=self._password,
            identifier=self._client_id,
            logger=_SILENT,
            clean_session=True,
            tls_context=self._tls,
            will=will,
            keepalive=_KEEPALIVE_S,
            # Else the system holds short messages back for some 40 ms.
            socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
            timeout=_BROKER_S,
            max_queued_incoming_messages=_MOST_WAITING,
        )


async def _subscribe(client: aiomqtt.Client, topic: str) -> None:
    granted = await client.subscribe(topic, qos=1)
    # Source: OASIS MQTT 3.1.1, 3.9.3: a return code of 0x80 in SUBACK is a failure.
    if any((code if isinstance(code, int) else code.value) >= 0x80 for code in granted):
        raise aiomqtt.MqttError(f"the broker does not allow a subscription to {topic}: check its access list")


async def _send(client: aiomqtt.Client, topic: str, payload: bytes, *, retain: bool, qos: int) -> None:
    with contextlib.suppress(aiomqtt.MqttError):
        await client.publish(topic, payload, qos=qos, retain=retain)


def _password(settings: MqttSettings) -> str | None:
    if not settings.password.get_secret_value() and settings.password_file is None:
        return None
    return secret_text("mqtt.password", settings.password, settings.password_file)


def _tls(settings: MqttSettings) -> ssl.SSLContext | None:
    certificate, key = settings.client_certificate_file, settings.client_key_file
    if not settings.tls:
        if settings.ca_file or certificate or key:
            raise ConfigError("mqtt.ca_file and mqtt.client_…_file do nothing without TLS: set mqtt.tls = true")
        return None
    if (certificate is None) != (key is None):
        raise ConfigError("mqtt.client_certificate_file and mqtt.client_key_file belong together: set both or neither")
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except OSError as error:  # SSLError is one
        raise ConfigError(
            f"mqtt: the certificates cannot be used ({error}): check the files and their rights"
        ) from error
    return context
