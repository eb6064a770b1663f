"""How fast and how lean archiving is: ``python -m benchmarks.archive [--sizes 64,512] [--rounds 3] [--wires …]``.

Every round runs, one after the other and each in a process of its own, a pure download, a pure upload, the hashing of
as many bytes, the archive, and the naive way (read everything, then upload). The ratio is the wall time over the slower
of that round's pure download and pure upload; memory is what the transfer added to the process's peak. Medians over the
rounds.

A wire is MB/s and seconds of latency for each request, the same on both sides. ``loopback`` has no limit: there the
processor is what everything waits for, and both peers share it with the one that is measured.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

MODES = ("download", "upload", "hash", "archive", "read_all")


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class _Pattern:
    """A readable of random bytes that costs nothing to read."""

    def __init__(self, size: int) -> None:
        self._block, self._left, self._at = os.urandom(8 << 20), size, 0

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        take = min(self._left, len(self._block) if size < 0 else size)
        self._left -= take
        self._at += take
        return self._block[:take]


def run_one(mode: str, megabytes: int, rounds_id: str) -> dict[str, Any]:
    """Measure one way in this process."""
    from airflow_provider_sora.archive.archiver import archive_video
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.record import VideoRecord
    from airflow_provider_sora.stores.hashing import Hasher
    from airflow_provider_sora.stores.open import open_store
    from airflow_provider_sora.stores.options import ArchiveOptions

    options = ArchiveOptions(stills=False)
    hook, store = SoraHook("sora_default"), open_store(f"gs://bench/{rounds_id}", options)
    record = VideoRecord(f"video_{megabytes}", base_url=hook.base_url, status="completed", completed_at="2026-01-01")
    extra: dict[str, Any] = {}

    def download() -> None:
        with hook.open_content(record.video_id) as stream:
            extra["bytes"] = sum(len(block) for block in stream.iter_bytes())

    def upload() -> None:
        size = megabytes << 20
        store.put_stream("upload", _Pattern(size), size=size, content_type="video/mp4", metadata={})

    def hashing() -> None:
        hasher, source = Hasher(), _Pattern(megabytes << 20)
        while block := source.read(1 << 20):
            hasher.update(block)

    def archive() -> None:
        archive_video(hook, record, destination=f"gs://bench/{rounds_id}", options=options, store=store)

    def read_all() -> None:
        with hook.open_content(record.video_id) as stream:
            data = b"".join(stream.iter_bytes())
        store._new_blob("read_all", "video/mp4", {}).upload_from_string(data, content_type="video/mp4")

    ways: dict[str, Callable[[], None]] = {
        "download": download, "upload": upload, "hash": hashing, "archive": archive, "read_all": read_all
    }  # fmt: skip
    # Connections, codecs and imports are warm before the clock starts, on both sides.
    store.look("warm")
    hook.get_video("video_1")
    before = _peak_mb()
    started, cpu = time.perf_counter(), time.process_time()
    ways[mode]()
    found = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu, "added": _peak_mb() - before}
    if mode == "archive":
        again = archive_video(hook, record, destination=f"gs://bench/{rounds_id}", options=options, store=store)
        found["second_run"] = again.bytes_stored + again.bytes_fetched
    return found


#: 3.4 Gbit/s is what the peers of the naive ways' published figures gave; 1 Gbit/s and 40 ms is a bucket far away.
WIRES = ("loopback", "420", "125:0.04")


@contextlib.contextmanager
def _peer(kind: str, wire: str) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.archive_peers", kind, *(wire.split(":") if wire != "loopback" else ())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def measure(sizes: list[int], rounds: int, wire: str) -> dict[int, dict[str, Any]]:
    """All modes and sizes, interleaved."""
    with _peer("source", wire) as source, _peer("sink", wire) as sink, tempfile.TemporaryDirectory() as home:
        connection = {"conn_type": "sora", "host": f"{source}/v1", "password": "k" * 8, "extra": {"dialect": "openai"}}
        environment = {
            **os.environ,
            "AIRFLOW_HOME": home,
            "AIRFLOW_CONN_SORA_DEFAULT": json.dumps(connection),
            "STORAGE_EMULATOR_HOST": sink,
        }
        return {size: _rounds(size, rounds, environment) for size in sizes}


def _rounds(size: int, rounds: int, environment: dict[str, str]) -> dict[str, Any]:
    runs: dict[str, list[dict[str, Any]]] = {mode: [] for mode in MODES}
    for _ in range(rounds):
        number = uuid.uuid4().hex
        for mode in MODES:
            command = [sys.executable, "-m", "benchmarks.archive", "--one", mode, str(size), number]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{mode} {size} MB failed:\n{done.stderr[-2000:]}")
            runs[mode].append(json.loads(done.stdout.splitlines()[-1]))
    slower = [max(d["seconds"], u["seconds"]) for d, u in zip(runs["download"], runs["upload"], strict=True)]
    return {
        mode: {
            "seconds": statistics.median(run["seconds"] for run in runs[mode]),
            "cpu": statistics.median(run["cpu"] for run in runs[mode]),
            "ratio": statistics.median(run["seconds"] / base for run, base in zip(runs[mode], slower, strict=True)),
            "added_mb": statistics.median(run["added"] for run in runs[mode]),
            **({"second_run_bytes": max(run["second_run"] for run in runs[mode])} if mode == "archive" else {}),
        }
        for mode in MODES
    }


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archive", description=__doc__)
    parser.add_argument("--sizes", default="64,512", help="in MiB, by commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--wires", default=",".join(WIRES), help="loopback, or MB/s[:seconds], by commas")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", nargs=3, metavar=("MODE", "SIZE", "ID"), help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.one:
        print(json.dumps(run_one(args.one[0], int(args.one[1]), args.one[2])))
        return 0
    sizes = [int(size) for size in args.sizes.split(",")]
    found = {wire: measure(sizes, args.rounds, wire) for wire in args.wires.split(",")}
    if args.json:
        print(json.dumps(found, indent=2))
        return 0
    print(f"{'wire':<9} {'MiB':>5}  {'way':<9} {'wall s':>7} {'cpu s':>6} {'ratio':>6} {'added MB':>9}  second run")
    rows = [(wire, size, *row) for wire, of in found.items() for size, modes in of.items() for row in modes.items()]
    for wire, size, mode, row in rows:
        again = f"{row['second_run_bytes']} bytes" if "second_run_bytes" in row else ""
        print(
            f"{wire:<9} {size:>5}  {mode:<9} {row['seconds']:>7.2f} {row['cpu']:>6.2f} {row['ratio']:>6.2f} "
            f"{row['added_mb']:>9.0f}  {again}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
