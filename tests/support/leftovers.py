"""Places where a secret may turn up behind a run, read from outside: process lists, commands' prints, a web server."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx


class ProcessLists:
    """How every process of this machine is called while the context lasts, looked at many times a second."""

    def __init__(self) -> None:
        self.seen: dict[str, bytes] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        looks: Counter[str] = Counter()
        while not self._over.wait(0.1):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                looks[str(path)] += 1
                if looks[str(path)] > 20:  # its name of two seconds is the one that it keeps
                    continue
                try:
                    data = path.read_bytes()
                except OSError:  # ended meanwhile
                    continue
                self.seen.setdefault(f"process list: {data[:200]!r}", data)


def objects_of(bucket: str) -> Iterator[tuple[str, bytes]]:
    """Every object of a bucket that STORAGE_EMULATOR_HOST serves, with its metadata; those of a state are called so."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    for blob in storage.Client(project="t", credentials=AnonymousCredentials()).list_blobs(bucket):
        last = blob.name.rpartition("/")[2]
        where = f"state/{last}" if "/state/" in blob.name else last
        yield f"bucket: {where} {blob.name}", blob.download_as_bytes() + json.dumps(blob.metadata or {}).encode()


def files_in(folder: Path, kind: str) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield f"{kind} {path.relative_to(folder)}", path.read_bytes()


def printed(program: Sequence[str], place: str, env: Mapping[str, str]) -> dict[str, bytes]:
    """What our commands say about an archive and its connection.

    :param program: what stands before a command's name.
    """
    found = {}
    for words in (["doctor"], ["report", place], ["verify", place], ["clean", place]):
        done = subprocess.run([*program, *words], env=dict(env), capture_output=True, timeout=300)
        found[f"printed by {words[0]}"] = done.stdout + done.stderr
        assert done.stdout, done
    return found


def gallery_answers(root: str, user: str, password: str) -> dict[str, bytes]:
    """Heads and bodies of all that the plugin's routes answer, to a person and to a stranger, with each clip's own."""
    with httpx.Client(base_url=root, trust_env=False, timeout=120, headers={"sec-fetch-site": "same-origin"}) as http:
        login = http.post("/auth/token", json={"username": user, "password": password}).json()
        http.cookies.set("_token", login["access_token"])
        listed = _filled(http)
        archive = listed["archives"][0]["id"]
        paths = ["/sora/gallery", "/sora/api/clips?text=mug", "/sora/api/filters", f"/sora/api/current/{archive}",
                 "/sora/openapi.json", "/sora/gallery?dag_id=news_insert", "/sora/files/nowhere/a"]  # fmt: skip
        for clip in listed["clips"]:
            at = f"{clip['archive']}/{clip['folder']}"
            paths += [f"/sora/api/clips/{at}", f"/sora/clip/{at}", f"/sora/api/trail/{at}"]
            paths += [link for link in clip["links"].values() if link and not link.endswith(".mp4")]
        found = {"gallery: /sora/api/clips": json.dumps(listed).encode()}
        statuses = set()
        for path in dict.fromkeys(paths):
            answer = http.get(path)
            statuses.add((path.split("/")[2].split("?")[0], answer.status_code))
            found[f"gallery: {path}"] = str(answer.headers.multi_items()).encode() + b"\n" + answer.content
        assert {("gallery", 200), ("api", 200), ("clip", 200), ("files", 200)} <= statuses, statuses
        http.cookies.clear()
        refused = http.post("/sora/webhooks/sora_default", json={"type": "video.completed"})
        return {**found, "gallery: webhook": str(refused.headers).encode() + refused.content}


def _filled(http: httpx.Client) -> dict[str, Any]:
    deadline = time.monotonic() + 180
    while True:
        listed: dict[str, Any] = http.get("/sora/api/clips").raise_for_status().json()
        if listed["clips"] or time.monotonic() > deadline:
            assert listed["clips"], listed
            return listed
        time.sleep(1)
