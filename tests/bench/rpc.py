"""Our door and client against stock nameko RPC: same body, same work, same number of callers, on the same broker.

Four processes: our client and our DoorServer, nameko's ClusterRpcProxy and a nameko service with `@rpc`.
The work is one plain function that reads the arguments and answers with a case view of some 600 bytes; no
database. Ours is measured as it runs in the house: JSON by orjson, deadline and expiration in every
message, mandatory routing, acknowledgement after the reply, deadline checked and timed at the door; only
the token check and the transaction, which belong to the door's pipeline and not to the transport, are left
out on both sides. Stock is nameko's default: JSON, ten workers, one proxy for each caller. Both are warmed,
rounds alternate, medians are told.

    icm test-servers -- python -m tests.bench.rpc
"""

from __future__ import annotations

import json
import sys
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


def _measure(call: Any, *, seconds: float) -> dict[str, float]:
    """Let the callers call for so long; `call(caller)` makes one call."""
    import eventlet

    took: list[float] = []

    def caller(number: int) -> None:
        while True:
            began = perf_counter()
            if began > ends:
                return
            call(number)
            took.append(perf_counter() - began)

    began = perf_counter()
    ends = began + seconds
    for thread in [eventlet.spawn(caller, number) for number in range(CALLERS)]:
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

    def call(_caller: int) -> None:
        reply = client.call("cases", "read_case", ARGUMENTS, token="t" * 700, deadline_s=5.0)
        assert orjson.loads(reply.body)["version"] == VIEW["version"]

    for order in rig.orders():
        rig.answer(**_measure(call, seconds=order["seconds"]))
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
    """nameko's own client, one proxy for each caller."""
    from nameko.standalone.rpc import ClusterRpcProxy

    proxies = [ClusterRpcProxy({"AMQP_URI": settings["amqp_url"]}) for _ in range(CALLERS)]
    started = [proxy.start() for proxy in proxies]
    rig.answer(ready=True)

    def call(caller: int) -> None:
        assert started[caller].stock.read_case(**ARGUMENTS)["version"] == VIEW["version"]

    for order in rig.orders():
        rig.answer(**_measure(call, seconds=order["seconds"]))
    for proxy in proxies:
        proxy.stop()


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
