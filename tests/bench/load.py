"""A client that posts JSON as fast as it is answered, or at a steady rate, over connections that it keeps open.

    python -m tests.bench.load < plan.json

The plan: url, headers, bodies (used in turn), connections, seconds, and `per_s` if they are to send so many requests a
second together; what an answer takes longer is not made up for. Prints one line of JSON: done, seconds, and the
latencies in milliseconds. An answer other than 201 ends it.
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import http.client
import itertools
import json
import sys
from time import perf_counter
from urllib.parse import urlsplit


def main() -> None:
    """Carry out the plan that stands on standard input."""
    plan = json.load(sys.stdin)
    place = urlsplit(plan["url"])
    bodies = itertools.cycle([json.dumps(body).encode() for body in plan["bodies"]])
    latencies: list[float] = []
    every_s = plan["connections"] / plan["per_s"] if "per_s" in plan else 0.0
    ends = perf_counter() + plan["seconds"]

    def keep_posting() -> None:
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=30)
        while perf_counter() < ends:
            began = perf_counter()
            connection.request("POST", place.path, body=next(bodies), headers=plan["headers"])
            answer = connection.getresponse()
            told = answer.read()
            if answer.status != 201:
                sys.exit(f"answered {answer.status}: {told[:300]!r}")
            latencies.append((perf_counter() - began) * 1000)
            eventlet.sleep(max(0.0, every_s - (perf_counter() - began)))
        connection.close()

    began = perf_counter()
    pool = eventlet.GreenPool(plan["connections"])
    for _ in range(plan["connections"]):
        pool.spawn(keep_posting)
    pool.waitall()
    print(json.dumps({"done": len(latencies), "seconds": perf_counter() - began, "ms": latencies}))


if __name__ == "__main__":
    main()
