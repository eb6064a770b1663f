"""The audit of versions, by the real pip-audit, against an advisory service that is played here. ``make dist`` runs it.

``SORA_DIST_PYTHON`` names the Python that has pip-audit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from testbed.ports import LOOPBACK, free_port

REPOSITORY = Path(__file__).resolve().parents[3]
TOOLS = os.environ.get("SORA_DIST_PYTHON", "")
pytestmark = pytest.mark.skipif(not TOOLS, reason="make dist makes the environment with pip-audit")


def advisory(name: str, fixed: str | None) -> dict[str, object]:
    """In the form of OSV."""
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    return {"id": f"PYSEC-{name}", "modified": "2026-11-01T00:00:00Z", "details": "", "affected": [affected]}


class Service(BaseHTTPRequestHandler):
    known = {"mended": advisory("mended", "2.0"), "hopeless": advisory("hopeless", None)}

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        weak = self.known.get(asked["package"]["name"])
        body = json.dumps({"vulns": [weak]} if weak else {}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    with ThreadingHTTPServer((LOOPBACK, 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_port}/v1/query"
        server.shutdown()


def audited(tmp_path: Path, url: str, packages: str, *more: str) -> tuple[int, str]:
    listed = tmp_path / "constraints.txt"
    listed.write_text(packages)
    command = [sys.executable, "-m", "devtools.audit", TOOLS, "--osv-url", url, "--list", str(listed), *more]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_only_a_weakness_that_a_newer_version_mends_fails(service: str, tmp_path: Path) -> None:
    code, said = audited(tmp_path, service, "sound==1.0\nmended==1.0\nhopeless==1.0\n")
    assert code == 1
    assert "KNOWN WEAKNESS mended 1.0: PYSEC-mended; mended in 2.0" in said
    assert "note: hopeless 1.0: PYSEC-hopeless; no version mends it" in said
    assert audited(tmp_path, service, "sound==1.0\nhopeless==1.0\n")[0] == 0


def test_a_service_that_does_not_answer_is_told_and_is_no_finding(tmp_path: Path) -> None:
    nobody = f"http://{LOOPBACK}:{free_port()}/v1/query"
    code, said = audited(tmp_path, nobody, "mended==1.0\n")
    assert code == 0 and "COULD NOT LOOK for known weaknesses" in said
    assert audited(tmp_path, nobody, "mended==1.0\n", "--must-look")[0] == 2


def test_the_list_of_this_project_can_be_read(service: str, tmp_path: Path) -> None:
    code, said = audited(tmp_path, service, (REPOSITORY / "constraints.txt").read_text("utf-8"), "--must-look")
    assert code == 0 and int(said.split()[0]) > 150, said
