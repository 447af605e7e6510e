"""A process that does nothing but feed the stream: `python feeding.py`, until it is killed."""

import os

os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"

import eventlet

eventlet.monkey_patch()

from audit.service import AuditService  # noqa: E402 - patched first
from chassis.database import open_engine, sessions  # noqa: E402
from chassis.stream_feed import StreamFeed, feeds_of  # noqa: E402

if __name__ == "__main__":
    lane = sessions(open_engine(os.environ["LANE_URL"], pool_size=2))
    feeding = StreamFeed(
        amqp_url=os.environ["AMQP_URL"],
        service="audit",
        factory=lane,
        declared=feeds_of(AuditService)["to_stream"],
    )
    feeding.start()
    while True:
        eventlet.sleep(1)
