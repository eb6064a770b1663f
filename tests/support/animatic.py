"""The bundled server as a test peer: started as its own process on a free port, stopped by its process id."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.animatic.settings import FIXED
from tests.support.migrated import forget_claims

KEY = "test-key-0123456789"
#: Settings that are only said to exist.
SECRET = frozenset({"key", "webhook_secret"})


class AnimaticServer:
    """A running animatic server.

    Quick by default: jobs are completed after a fifth of a second and drafts have 6 frames a second. Flags are those
    of the command line with underscores: ``AnimaticServer(dialect="sglang", queue_seconds=5, state=tmp_path)``;
    True and False become ``--flag`` and ``--no-flag``.
    """

    def __init__(self, *, key: str | None = KEY, port: int = 0, log: Path | None = None, **flags: Any) -> None:
        self.key = key
        self._port = port
        self._log = log
        self.flags = {"queue_seconds": 0.05, "render_seconds": 0.15, "fps": 6, **flags}
        self._settings: dict[str, Any] = {}
        self._process: subprocess.Popen[str] | None = None
        self.root = ""

    @property
    def url(self) -> str:
        """Base URL of the protocol, ending in ``/v1``."""
        return f"{self.root}/v1"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def command(self) -> list[str]:
        words = [sys.executable, "-m", "airflow_provider_sora.animatic", "--port", str(self._port)]
        for name, value in self.flags.items():
            flag = name.replace("_", "-")
            if isinstance(value, bool):
                words.append(f"--{'' if value else 'no-'}{flag}")
            elif isinstance(value, (list, tuple)):
                words += [part for item in value for part in (f"--{flag}", str(item))]
            elif value is not None:
                words += [f"--{flag}", str(value)]
        return words

    def start(self) -> AnimaticServer:
        errors = self._log.open("a") if self._log else subprocess.DEVNULL
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "SORA_ANIMATIC_KEY": self.key or ""}
        self._process = subprocess.Popen(
            self.command(), stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if " at http" not in line:
            raise RuntimeError(f"The animatic server did not start: {line!r}")
        self.root = line.split(" at ")[1].split("/v1")[0]
        self._port = int(self.root.rsplit(":", 1)[1])
        deadline = time.monotonic() + 30
        while True:
            try:
                self._call("GET", "/health")
                break
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)
        self._settings = {name: value for name, value in self.settings().items() if name not in FIXED | SECRET}
        return self

    def stop(self, *, kill: bool = False) -> None:
        """End the server; ``kill`` gives it no chance to tidy up."""
        if self._process is not None:
            if kill:
                self._process.kill()
            else:
                self._process.terminate()
            self._process.wait(timeout=15)
            if self._process.stdout:
                self._process.stdout.close()
            self._process = None

    def restart(self, *, kill: bool = False) -> None:
        """Stop and start on the same port; jobs survive only where ``state`` was given."""
        self.stop(kill=kill)
        self.start()

    def __enter__(self) -> AnimaticServer:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    # -- control routes

    def _call(self, method: str, path: str, value: object = None) -> Any:
        data = None if value is None else json.dumps(value).encode()
        headers = {"content-type": "application/json"} if data else {}
        request = urllib.request.Request(f"{self.root}{path}", data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def stats(self) -> dict[str, Any]:
        """``paid_posts``, ``paid_submits``, ``rendered``, ``posts_by_path``, ``calls``, ``by_status`` …"""
        found: dict[str, Any] = self._call("GET", "/animatic/stats")
        return found

    def jobs(self) -> list[dict[str, Any]]:
        """Every job the server has, oldest first."""
        found: list[dict[str, Any]] = self._call("GET", "/animatic/jobs")
        return found

    def requests(self) -> list[dict[str, Any]]:
        """The protocol requests that arrived: method, path, query, headers (no key), encoding, fields, files."""
        found: list[dict[str, Any]] = self._call("GET", "/animatic/requests")
        return found

    def webhooks(self) -> list[dict[str, Any]]:
        """The webhooks it sent: ``video_id``, ``type``, ``webhook_id``, the answer's ``status``, ``fault``, ``at``."""
        found: list[dict[str, Any]] = self._call("GET", "/animatic/webhooks")
        return found

    def fault(self, **rule: Any) -> None:
        """Put one fault rule in force: ``fault(on="create", action="status", status=503, times=2)``."""
        self._call("POST", "/animatic/faults", rule)

    def faults(self) -> list[dict[str, Any]]:
        """The rules in force, with how often each struck (``hits``)."""
        found: list[dict[str, Any]] = self._call("GET", "/animatic/faults")["rules"]
        return found

    def clear_faults(self) -> None:
        self._call("DELETE", "/animatic/faults")

    def settings(self, **values: Any) -> dict[str, Any]:
        """Change settings while it runs; with none, just read them."""
        found: dict[str, Any] = self._call("POST", "/animatic/settings", values)
        return found

    def reset(self) -> None:
        """Forget jobs, counters and faults."""
        self._call("POST", "/animatic/reset", {})

    def renew(self) -> None:
        """As it was when it had started; neither this process nor its Airflow remembers what was there."""
        from tests.support.known_servers import forget

        self.reset()
        self.settings(**self._settings, key=self.key)
        forget(self.url)
        forget_claims()


class _Lender:
    """Servers of this test process that nobody uses just now: a start takes a second of computing, renewing nothing."""

    #: Each holds about 100 MB.
    MOST = 3

    def __init__(self) -> None:
        self._idle: list[AnimaticServer] = []

    def take(self, flags: dict[str, Any]) -> AnimaticServer:
        for server in reversed(self._idle):
            if server.flags == AnimaticServer(**flags).flags:
                self._idle.remove(server)
                return server
        return AnimaticServer(**flags).start()

    def give_back(self, server: AnimaticServer) -> None:
        try:
            server.renew()
        except Exception:  # it was stopped, or no longer answers: no later test is to meet it
            server.stop(kill=True)
            raise
        self._idle.append(server)
        while len(self._idle) > self.MOST:
            self._idle.pop(0).stop()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().stop()


_lender = _Lender()


@contextmanager
def lent_server(**flags: Any) -> Iterator[AnimaticServer]:
    """A server with these flags and no past, for one test: it may have served another one before and was emptied since.

    What stops or restarts it, gives it a ``state`` or another key takes an :class:`AnimaticServer` of its own.
    """
    server = _lender.take(flags)
    try:
        yield server
    finally:
        _lender.give_back(server)


def pytest_unconfigure() -> None:
    _lender.close()


@pytest.fixture
def animatic() -> Iterator[AnimaticServer]:
    """A server with no past."""
    with lent_server() as server:
        yield server
