"""The supervisor restarts what crashes at once, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from icm.complaints import AlreadyRunning, NeverReady
from icm.program import Stage
from icm.record import Record, start_mark

from .conftest import until


def alive(pid: int) -> bool:
    return start_mark(pid) is not None


def test_a_killed_process_is_back_in_under_a_second(stand, program):
    async def story(supervisor):
        await supervisor.start(program("intake"))
        child = supervisor.children["intake"]
        await until(lambda: child.pid)
        first = child.pid

        os.kill(first, signal.SIGKILL)
        took = await until(lambda: child.pid not in (None, first))

        assert took < 1.0
        assert alive(child.pid)
        assert child.restarts == 1
        assert stand.said == ["intake ended (SIGKILL); restarting"]

    stand.run(story)


def test_the_record_names_the_new_process_after_a_restart(stand, program):
    async def story(supervisor):
        await supervisor.start(program("intake"))
        await until(lambda: supervisor.children["intake"].pid)
        first = supervisor.children["intake"].pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.children["intake"].pid not in (None, first))
        await until(lambda: stand.record.read()[1][0].pid != first)

        _, [recorded] = stand.record.read()
        assert recorded.pid == supervisor.children["intake"].pid
        assert recorded.restarts == 1
        assert recorded.alive

    stand.run(story)


def test_stopping_takes_the_whole_group_along(stand, program, tmp_path):
    written = tmp_path / "grandchild"
    code = f"""
        import pathlib, subprocess, time
        child = subprocess.Popen(["sleep", "600"])
        pathlib.Path({str(written)!r}).write_text(str(child.pid))
        time.sleep(600)
    """

    async def story(supervisor):
        await supervisor.start(program("intake", textwrap.dedent(code)))
        await until(lambda: written.exists() and written.read_text())
        grandchild = int(written.read_text())
        assert alive(grandchild)

        await supervisor.stop()

        await until(lambda: not alive(grandchild))

    stand.run(story)


def test_what_a_killed_process_leaves_in_its_group_is_gone_before_the_restart(stand, program, tmp_path):
    written = tmp_path / "grandchildren"
    code = f"""
        import subprocess, time
        child = subprocess.Popen(["sleep", "600"])
        with open({str(written)!r}, "a") as file:
            print(child.pid, file=file)
        time.sleep(600)
    """

    def grandchildren():
        return [int(line) for line in written.read_text().split()] if written.exists() else []

    async def story(supervisor):
        await supervisor.start(program("intake", textwrap.dedent(code)))
        await until(grandchildren)
        os.kill(supervisor.children["intake"].pid, signal.SIGKILL)
        await until(lambda: len(grandchildren()) == 2)

        await until(lambda: not alive(grandchildren()[0]))
        assert alive(grandchildren()[1])

    stand.run(story)


def test_a_paused_process_can_be_stopped(stand, program):
    async def story(supervisor):
        await supervisor.start(program("intake"))
        await until(lambda: supervisor.children["intake"].pid)
        pid = supervisor.children["intake"].pid
        os.kill(pid, signal.SIGSTOP)

        await supervisor.stop()

        assert not alive(pid)
        assert stand.said == []

    stand.run(story)


def test_a_process_that_ignores_the_signal_is_killed_when_its_grace_is_over(stand, program):
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(600)"
    )

    async def story(supervisor):
        await supervisor.start(program("intake", stubborn, grace=0.2))
        log = supervisor.children["intake"].log
        await until(lambda: log.exists() and "deaf" in log.read_text())
        pid = supervisor.children["intake"].pid

        await supervisor.stop()

        assert not alive(pid)
        assert stand.said == ["intake did not stop in time; killed"]

    stand.run(story)


def test_the_gateway_stops_before_services_and_databases_stop_last(stand, program, tmp_path):
    order = tmp_path / "order"
    code = """
        import signal, sys, time
        def leave(*_):
            with open({order!r}, "a") as file:
                print({name!r}, file=file)
            sys.exit(0)
        signal.signal(signal.SIGTERM, leave)
        print("up")
        time.sleep(600)
    """
    stages = {
        "postgres": Stage.DATABASE,
        "rabbitmq": Stage.BROKER,
        "intake": Stage.SERVICE,
        "gateway": Stage.GATEWAY,
    }

    async def story(supervisor):
        for name, stage in stages.items():
            text = textwrap.dedent(code).format(order=str(order), name=name)
            await supervisor.start(program(name, text, stage=stage))
        for child in supervisor.children.values():
            await until(lambda log=child.log: log.exists() and "up" in log.read_text())

        await supervisor.stop()

        assert order.read_text().split() == ["gateway", "intake", "rabbitmq", "postgres"]

    stand.run(story)


def test_a_process_that_keeps_ending_is_complained_about_with_the_end_of_its_log(stand, program):
    async def story(supervisor):
        broken = program("intake", "print('no database'); raise SystemExit(2)", ready=lambda: False)
        with pytest.raises(NeverReady, match=r"intake ended again and again(.|\n)*no database"):
            await supervisor.start_and_wait(broken)

    stand.run(story)


def test_a_process_that_is_never_ready_is_complained_about(stand, program):
    async def story(supervisor):
        with pytest.raises(NeverReady, match=r"was not ready after 0\.3 s"):
            await supervisor.start_and_wait(program("intake", ready=lambda: False), seconds=0.3)

    stand.run(story)


def test_each_restart_of_a_crash_loop_waits_longer_than_the_one_before(stand, program):
    async def story(supervisor):
        await supervisor.start(program("intake", "raise SystemExit(1)"))
        await until(lambda: len(stand.said) >= 3)

    stand.run(story)
    assert stand.said[:3] == [
        "intake ended (exit code 1); restarting",
        "intake ended (exit code 1); restarting in 0.2 s",
        "intake ended (exit code 1); restarting in 0.5 s",
    ]


def test_a_second_supervisor_is_refused(stand):
    stand.record.path.parent.mkdir(exist_ok=True)
    first = Record(home=stand.home)
    first.claim()
    try:
        with pytest.raises(AlreadyRunning):
            Record(home=stand.home).claim()
    finally:
        first.release()


def test_what_a_killed_supervisor_left_running_is_stopped_by_the_next(tmp_path):
    code = f"""
        import asyncio, os, pathlib, sys
        from icm.program import Program, Stage
        from icm.record import Record
        from icm.supervisor import Supervisor
        home = pathlib.Path({str(tmp_path)!r})
        async def main():
            supervisor = Supervisor(logs=home / "logs", record=Record(home=home))
            await supervisor.start(Program(
                name="orphan", stage=Stage.SERVICE, command=("sleep", "600"), environment=dict(os.environ)))
            while not supervisor.children["orphan"].pid:
                await asyncio.sleep(0.01)
            print(supervisor.children["orphan"].pid, flush=True)
            await asyncio.sleep(600)
        asyncio.run(main())
    """
    killed = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    orphan = int(killed.stdout.readline())
    killed.kill()
    killed.wait()
    assert alive(orphan)

    assert Record(home=tmp_path).sweep_leftovers() == ["orphan"]

    assert not alive(orphan)


def test_a_reused_process_id_is_not_mistaken_for_ours(tmp_path):
    mine = os.getpid()
    record = Record(home=tmp_path)
    (tmp_path / "processes.json").write_text(
        '{"supervisor": {"name": "supervisor", "pid": 1, "mark": "x", "restarts": 0, "started": 0},'
        f' "processes": [{{"name": "intake", "pid": {mine}, "mark": "long ago", "restarts": 0, "started": 0}}]}}'
    )

    assert record.sweep_leftovers() == []
    assert record.supervisor() is None
    assert Path(f"/proc/{mine}").exists()
