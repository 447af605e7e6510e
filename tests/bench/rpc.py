"""Our door and client against stock nameko RPC: same body, same work, same number of callers, on the same broker.

Four processes: our client and our DoorServer, a nameko service with an RpcProxy (as a gateway has it; its stand-alone
ClusterRpcProxy is slower still) and a nameko service with `@rpc`. The work is one plain function that reads the
arguments and answers with a case view of some 600 bytes; no database. Ours is measured as it runs in the house: JSON
by orjson, a token of 700 bytes, deadline and expiration in every message, mandatory routing, the deadline checked and
timed at the door, acknowledgement after the reply; only the check of the token and the transaction, which belong to
the pipeline behind the door and not to the transport, are left out on both sides. Stock is nameko's default: JSON,
persistent messages, confirms. Ten callers and ten workers on each side, warmed; rounds alternate, medians are told.

    icm test-servers -- python -m tests.bench.rpc
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

from tests.bench import rig

CALLERS = 10
ROUND_S = 3.0
ROUNDS = 5
WARM_UP_S = 1.5
MODULE = "tests.bench.rpc"

ARGUMENTS = {
    "case_id": "0192f3c4-5a6b-7c8d-9e0f-a1b2c3d4e5f6",
    "purpose": "care",
    "include": ["team", "plan"],
}
VIEW = {
    "id": ARGUMENTS["case_id"],
    "version": 7,
    "program": "child_and_family",
    "organisation": "north_shore",
    "opened_on": "2026-03-02",
    "members": [f"0192f3c4-5a6b-7c8d-9e0f-a1b2c3d4e5{n:02d}" for n in range(4)],
    "team": [{"worker": f"worker-{n}", "role": "practitioner", "lead": n == 0} for n in range(4)],
    "withheld": ["health", "substance_use"],
}


def work(arguments: dict[str, Any]) -> dict[str, Any]:
    """What the door does, on both sides."""
    return {**VIEW, "id": arguments["case_id"]}


def main() -> None:
    """Run the rounds and print the figures."""
    with rig.fresh_vhost(events={}) as urls:
        ours_url = {"service": urls["cases"], "client": urls["gateway"]}
        with (
            rig.process(MODULE, "our_service", amqp_url=ours_url["service"]),
            rig.process(MODULE, "our_client", amqp_url=ours_url["client"]) as ours,
            rig.process(MODULE, "stock_service", amqp_url=urls["admin"]),
            rig.process(MODULE, "stock_client", amqp_url=urls["admin"]) as stock,
        ):
            for client in (ours, stock):
                client.ask(seconds=WARM_UP_S)
            rounds = [(ours.ask(seconds=ROUND_S), stock.ask(seconds=ROUND_S)) for _ in range(ROUNDS)]
    ours_per_s = rig.median([each["per_s"] for each, _ in rounds])
    stock_per_s = rig.median([each["per_s"] for _, each in rounds])
    figures = {
        "bench": "rpc",
        "ours_per_s": round(ours_per_s),
        "stock_per_s": round(stock_per_s),
        "ratio": round(ours_per_s / stock_per_s, 2),
        "ours_p50_ms": round(rig.median([each["p50_ms"] for each, _ in rounds]), 2),
        "stock_p50_ms": round(rig.median([each["p50_ms"] for _, each in rounds]), 2),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


def _measure(
    worker: Callable[[Callable[[Callable[[], Any]], None]], Any], *, seconds: float
) -> dict[str, float]:
    """Let ten workers call for so long; `worker(calls)` runs `calls` with a function that makes one call."""
    import eventlet

    took: list[float] = []
    began = perf_counter()
    ends = began + seconds

    def calls(call: Callable[[], Any]) -> None:
        while (before := perf_counter()) < ends:
            assert call()["version"] == VIEW["version"]
            took.append(perf_counter() - before)

    for thread in [eventlet.spawn(worker, calls) for _ in range(CALLERS)]:
        thread.wait()
    return {"per_s": len(took) / (perf_counter() - began), "p50_ms": rig.percentile(took, 0.5) * 1000}


def run_our_service(settings: dict[str, Any]) -> None:
    """A DoorServer without the pipeline behind it."""
    import eventlet
    import orjson

    from chassis.rpc import Call, DoorServer, Reply

    def handle(call: Call) -> Reply:
        return Reply(body=orjson.dumps(work(orjson.loads(call.body))), etag='"7"')

    server = DoorServer(amqp_url=settings["amqp_url"], service="cases", handle=handle, max_workers=CALLERS)
    server.start()
    while not server.ready:
        eventlet.sleep(0.01)
    rig.answer(ready=True)
    for _ in rig.orders():
        pass
    server.stop()


def run_our_client(settings: dict[str, Any]) -> None:
    """The gateway's client."""
    import orjson

    from chassis.rpc import Client

    client = Client(settings["amqp_url"])
    client.start()
    rig.answer(ready=True)

    def call() -> dict[str, Any]:
        reply = client.call("cases", "read_case", ARGUMENTS, token="t" * 700, deadline_s=5.0)
        view: dict[str, Any] = orjson.loads(reply.body)
        return view

    for order in rig.orders():
        rig.answer(**_measure(lambda calls: calls(call), seconds=order["seconds"]))
    client.stop()


def run_stock_service(settings: dict[str, Any]) -> None:
    """A nameko service as its documentation shows it."""
    from nameko.containers import ServiceContainer
    from nameko.rpc import rpc

    class StockService:
        name = "stock"

        @rpc
        def read_case(self, **arguments: Any) -> dict[str, Any]:
            return work(arguments)

    container = ServiceContainer(StockService, {"AMQP_URI": settings["amqp_url"], "max_workers": CALLERS})
    container.start()
    rig.answer(ready=True)
    for _ in rig.orders():
        pass
    container.stop()


def run_stock_client(settings: dict[str, Any]) -> None:
    """nameko's own client as a gateway service has it: an RpcProxy, called by ten workers."""
    from nameko.containers import ServiceContainer
    from nameko.rpc import RpcProxy
    from nameko.testing.services import dummy, entrypoint_hook

    class StockCaller:
        name = "stock_caller"
        stock = RpcProxy("stock")

        @dummy
        def call(self, calls: Any) -> None:
            calls(lambda: self.stock.read_case(**ARGUMENTS))

    container = ServiceContainer(StockCaller, {"AMQP_URI": settings["amqp_url"], "max_workers": CALLERS})
    container.start()
    rig.answer(ready=True)
    for order in rig.orders():
        with entrypoint_hook(container, "call") as worker:
            rig.answer(**_measure(worker, seconds=order["seconds"]))
    container.stop()


_ROLES = {
    "our_service": run_our_service,
    "our_client": run_our_client,
    "stock_service": run_stock_service,
    "stock_client": run_stock_client,
}

if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        import eventlet

        eventlet.monkey_patch()
        _ROLES[sys.argv[1]](json.loads(sys.argv[2]))
