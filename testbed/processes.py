"""Processes that we start, and stop again by their own ids, whatever happens in between."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class StepError(RuntimeError):
    """A step of a command fell short; the message is one sentence for the person who typed it."""


@dataclass
class Child:
    """A running process with its log; it leads a process group of its own, so that its children end with it."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def alive(self) -> bool:
        return self.process.poll() is None

    def wait(self, timeout: float) -> int:
        """The exit code.

        :raises StepError: still running after ``timeout`` seconds; it has been ended then.
        """
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.stop()
            raise StepError(f"{self.name} did not end within {timeout:g} s; its log is {self.log}.") from None

    def stop(self, grace: float = 5.0) -> None:
        """Ask it and its children to end; end them after ``grace`` seconds."""
        _signal_group(self.process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(grace)
        # Also when it has ended by itself: a child of its may have stayed behind in the group.
        _signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])


def start(
    name: str,
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str],
    cwd: Path | None = None,
    append: bool = False,
    user: str | None = None,
) -> Child:
    """Start a process in a group of its own, its output in ``log``.

    :param append: keep what the log holds already.
    :param user: whom it runs as, where only root may say so.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    group = None if user is None else pwd.getpwnam(user).pw_gid
    with log.open("ab" if append else "wb") as output:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=None if group is None else [],
        )
    return Child(name, process, log)


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def note(child: Child, folder: Path) -> None:
    """Write down a process that outlives this one, so that :func:`stop_noted` finds it, and only it."""
    import psutil

    started = psutil.Process(child.process.pid).create_time()
    folder.mkdir(parents=True, exist_ok=True)
    # Renamed into place: another process may read it at any moment.
    written = folder / f"{child.name}.pid.new"
    written.write_text(json.dumps({"pid": child.process.pid, "started": started}))
    written.replace(folder / f"{child.name}.pid")


def noted(folder: Path) -> dict[str, int]:
    """Names and ids of the noted processes that still run; the notes of ended ones are removed.

    One that was killed has left its children behind, in its group: they end before its note does, or nobody would know
    of them any more.
    """
    import psutil

    running = {}
    for path in sorted(folder.glob("*.pid")):
        found = json.loads(path.read_text())
        leader, gone = int(found["pid"]), True
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(leader)
            # The same id started at another moment is somebody else's process by now, and so is its group.
            if process.create_time() != found["started"]:
                path.unlink()
                continue
            gone = process.status() == psutil.STATUS_ZOMBIE
        if gone:
            # No process is given the id of a group that still has members: what is in it now was in it then.
            _signal_group(leader, signal.SIGKILL)
            path.unlink()
        else:
            running[path.stem] = leader
    return running


def stop_noted(folder: Path, grace: float = 10.0, first: str | None = None) -> list[str]:
    """Stop every noted process and what it started; the names of those that ran.

    :param first: one that would start the others again, and therefore ends before them.
    """
    running = noted(folder)
    if first in running:
        # Its group is its own process: what it has started leads groups of its own, and is noted.
        _signal_group(running[first], signal.SIGKILL)
        while first in noted(folder):
            time.sleep(0.05)
        running = {**running, **noted(folder)}
    for pid in running.values():
        _signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and noted(folder):
        time.sleep(0.1)
    for pid in running.values():
        _signal_group(pid, signal.SIGKILL)
    for name in running:
        (folder / f"{name}.pid").unlink(missing_ok=True)
    return list(running)


@contextlib.contextmanager
def stopped_at_the_end() -> Iterator[list[Child]]:
    """A list of children that are stopped, last started first, when the block ends for any reason.

    A termination signal ends the block like Ctrl-C does.
    """
    children: list[Child] = []

    def terminated(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, terminated)
    try:
        yield children
    finally:
        # A second Ctrl-C must not leave half of them running.
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
        for child in reversed(children):
            child.stop()
        signal.signal(signal.SIGINT, interrupt)
        signal.signal(signal.SIGTERM, before)
