"""The server of the waiting benchmark, in a process of its own: plain asyncio, a page is built once a second at most.

``python -m benchmarks.watching_server '{"jobs": 1000, …}'`` prints its address, takes one JSON command a line
(``{"set": {…}}``, ``{"forget": true}``: who was asked for, ``{"end": "all"}``) and answers it in a line.
It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
import sys
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

FIELDS = {"object": "video", "model": "sora-2", "seconds": "4", "size": "1280x720", "expires_at": None, "error": None}


class Jobs:
    """:param spec: ``jobs`` of ours, ``others`` of other people, ``cap`` jobs a page, ``shuffled`` the order changes,
    ``lists`` whether there is a list, ``page_seconds`` how long a page takes, ``hidden`` how many of ours no page
    shows, ``in_turn`` made twenty a second, the highest number last, ``lasts`` [mean, spread] seconds until a job ends
    (None: only when told)."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.rng = random.Random(7)
        self.stats = {"gets": 0, "lists": 0, "connections": 0}
        self.asked: set[str] = set()
        now = time.time()
        names = [f"video_{i:05d}" for i in range(spec["jobs"])] + [f"other_{i:05d}" for i in range(spec["others"])]
        names.reverse()
        if not spec.get("in_turn"):
            self.rng.shuffle(names)
        mean, spread = spec.get("lasts") or (1e9, 0.0)
        apart = 0.05 if spec.get("in_turn") else 0.001
        self.made = {name: now - apart * i for i, name in enumerate(names)}  # newest first
        self.ends = {name: now + max(self.rng.gauss(mean, spread), 1.0) for name in names}
        if spec.get("staggered"):
            for name in names:
                late = self.rng.random() * spec["staggered"]
                self.made[name] += late
                self.ends[name] += late
        few = spec.get("hidden", 0)
        hidden = {f"video_{i * spec['jobs'] // few:05d}" for i in range(few)}
        self.order = sorted((name for name in names if name not in hidden), key=lambda name: -self.made[name])
        #: When each was told of last, and the longest time in which it was not.
        self.told_at = dict.fromkeys(self.made, now)
        self.untold = dict.fromkeys(self.made, 0.0)

    def job(self, name: str, now: float) -> str:
        self.untold[name] = max(self.untold[name], now - self.told_at[name])
        self.told_at[name] = now
        end = self.ends[name]
        done = now >= end
        told = {
            "id": name,
            "status": "completed" if done else "in_progress",
            "progress": 100 if done else int(now) % 100,
            "created_at": round(self.made[name]),
            "completed_at": round(end) if done else None,
            "prompt": "A mug on a table, slow dolly in, morning light. " * 4,
            **FIELDS,
        }
        return json.dumps(told)

    def answer(self, target: str) -> tuple[int, str]:
        now, parts = time.time(), urlsplit(target)
        if parts.path == "/v1/videos" and self.spec["lists"]:
            self.stats["lists"] += 1
            return 200, self.page(parse_qs(parts.query), now)
        self.stats["gets"] += 1
        name = parts.path.rpartition("/")[2]
        if name not in self.made:  # the list, where it is not served
            return 404, '{"error": {"message": "no such video"}}'
        self.asked.add(name)
        return 200, self.job(name, now)

    def page(self, query: dict[str, list[str]], now: float) -> str:
        order = self.order
        if self.spec.get("shuffled"):  # neighbours change places from page to page
            order = sorted(order, key=lambda name: -(self.made[name] + self.rng.random() * 0.02))
        limit = min(int(query.get("limit", ["20"])[0]), self.spec["cap"])
        after = query.get("after", [""])[0]
        # Behind a job that is not there comes nothing, as with vLLM-Omni.
        start = 0 if not after else order.index(after) + 1 if after in order else len(order)
        shown = order[start : start + limit]
        more = "true" if start + limit < len(order) else "false"
        last = json.dumps(shown[-1] if shown else None)
        data = ",".join(self.job(name, now) for name in shown)
        return f'{{"object":"list","data":[{data}],"has_more":{more},"last_id":{last}}}'


async def serve(jobs: Jobs, tls: ssl.SSLContext | None) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        jobs.stats["connections"] += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                target = head.split(b" ", 2)[1].decode()
                if jobs.spec.get("page_seconds") and "?" in target:
                    await asyncio.sleep(jobs.spec["page_seconds"])
                status, text = jobs.answer(target)
                body = text.encode()
                writer.write(
                    b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                    % (status, len(body))
                )
                writer.write(body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            writer.close()

    server = await asyncio.start_server(client, "127.0.0.1", 0, ssl=tls, backlog=20_000)
    port = server.sockets[0].getsockname()[1]
    print(f"{'https' if tls else 'http'}://127.0.0.1:{port}/v1", flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        jobs.spec.update(command.get("set", {}))
        if command.get("forget"):
            jobs.asked.clear()
        untold = [max(longest, time.time() - jobs.told_at[name]) for name, longest in jobs.untold.items()]
        if command.get("end") == "all":
            jobs.ends = dict.fromkeys(jobs.ends, time.time())
        told = {"asked": len(jobs.asked), "ends": jobs.ends if command.get("ends") else {}, "untold": sorted(untold)}
        print(json.dumps({**jobs.stats, **told}), flush=True)


def main() -> None:
    spec = json.loads(sys.argv[1])
    tls = None
    if spec.get("tls"):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*spec["tls"])
    asyncio.run(serve(Jobs(spec), tls))


if __name__ == "__main__":
    main()
