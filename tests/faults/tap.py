"""Listens to every event on the bus from a durable queue of its own, through broken connections and brokers."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
import orjson

QUEUE = "drill.tap"


class Tap:
    """The first delivery of each event, by source and subject, in order of arrival."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._seen: set[str] = set()
        self._guard = threading.Lock()
        self._ended = threading.Event()
        self.versions: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.about: dict[str, set[str]] = defaultdict(set)
        with self._connection() as connection:
            channel = connection.channel()
            channel.queue_declare(
                QUEUE, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
            )
            channel.queue_bind(QUEUE, "icm.events", routing_key="#")
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def ids_told(self, key: str) -> set[str]:
        """The ids that events of this key were about."""
        with self._guard:
            return set(self.about[key])

    def reordered(self) -> int:
        """Events that did not come as the next of their subject."""
        with self._guard:
            return sum(
                version != place
                for versions in self.versions.values()
                for place, version in enumerate(versions, start=versions[0])
            )

    def close(self) -> None:
        """Stop listening and remove the queue."""
        self._ended.set()
        self._thread.join(timeout=10)
        with self._connection() as connection:
            connection.channel().queue_delete(QUEUE)

    def _connection(self) -> Any:
        place = f"{self._url.hostname}:{self._url.port}"
        return amqp.Connection(
            host=place,
            userid=unquote(self._url.username or ""),
            password=unquote(self._url.password or ""),
            virtual_host=unquote(self._url.path[1:]),
            heartbeat=5,
            connect_timeout=3,
            read_timeout=10,
        )

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                with self._connection() as connection:
                    self._take(connection)
            except (OSError, amqp.AMQPError):
                self._ended.wait(0.2)

    def _take(self, connection: Any) -> None:
        channel = connection.channel()
        channel.basic_qos(0, 200, False)

        def arrived(message: amqp.Message) -> None:
            self._note(orjson.loads(message.body))
            channel.basic_ack(message.delivery_tag)

        channel.basic_consume(QUEUE, callback=arrived)
        while not self._ended.is_set():
            try:
                connection.drain_events(timeout=0.5)
            except TimeoutError:
                connection.heartbeat_tick()

    def _note(self, event: dict[str, Any]) -> None:
        with self._guard:
            if event["id"] in self._seen:
                return  # the relay and the broker may repeat; who receives must know it again
            self._seen.add(event["id"])
            key = event["type"].removeprefix("org.openicm.")
            for name, value in event["data"].items():
                if name.endswith("_id") and isinstance(value, str):
                    self.about[key].add(value)
            if "subjectversion" in event:
                self.versions[event["source"], event["subject"]].append(event["subjectversion"])
