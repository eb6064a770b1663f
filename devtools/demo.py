"""``make demo``: both DAGs, run by real Airflow against the bundled server and a local bucket; no key, no money.

``python -m devtools.demo`` starts afresh, ``python -m devtools.demo --again`` runs once more on the kept bucket.
Everything lies under ``.demo``; everything that is started is stopped, and anything that falls short is an error.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devtools import summary
from testbed.airflow_env import BUCKET, KEY, PROJECT, REPOSITORY, airflow_environment, clean_environment
from testbed.ports import LOOPBACK, free_port, wait_for
from testbed.processes import Child, StepError, start, stopped_at_the_end

DEMO = REPOSITORY / ".demo"
#: What a DAG run is told beside its defaults; the shortest waits that are still waits.
RUN_CONF: dict[str, dict[str, Any]] = {
    # All of the sample feed at once, so that a second run finds nothing new.
    "news_insert": {"poll_interval": 0.2, "model": "sora-2", "max_items": 10},
    "ecommerce_product_video": {"poll_interval": 0.2, "model": "sora-2"},
}
START_TIMEOUT = 60
RUN_TIMEOUT = 600


class Demo:
    """One run of the demo, from its first process to its summary."""

    def __init__(self, folder: Path, again: bool, confs: Mapping[str, Mapping[str, Any]] = RUN_CONF) -> None:
        """
        :param confs: the DAGs that are run, each with what its run is told.
        """
        self.folder = folder
        self.again = again
        self.confs = confs
        self.began = time.monotonic()
        sora, storage = free_port(), free_port()
        self.sora_root = f"http://{LOOPBACK}:{sora}"
        self.storage_url = f"http://{LOOPBACK}:{storage}"
        self.servers = {
            "video server": [
                *("-m", "airflow_provider_sora.animatic", "--host", LOOPBACK, "--port", str(sora), "--key", KEY),
                *("--state", str(folder / "animatic"), "--queue-seconds", "0.1", "--render-seconds", "0.3"),
            ],
            "bucket": ["-m", "testbed.strict_gcs", str(storage), BUCKET, "--data", str(folder / "bucket")],
        }

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:5.1f} s  {text}", flush=True)

    def run(self) -> int:
        """Do all of it; the exit code.

        :raises StepError: a server did not start, or a run did not end.
        """
        self._prepare()
        with stopped_at_the_end() as children:
            servers = {name: self._start(name, argv) for name, argv in self.servers.items()}
            children.extend(servers.values())
            runs = self._start_runs()
            children.append(runs)
            self._wait_for_servers(servers)
            before = self._stats()
            self.say(f"servers    videos at {self.sora_root}/v1, bucket gs://{BUCKET} at {self.storage_url}")
            self._tell_of_clips(runs)
            runs.wait(RUN_TIMEOUT)
            outcomes = {dag_id: self._outcome(dag_id, runs) for dag_id in self.confs}
            after = self._stats()
            shutil.rmtree(self.folder / "archive", ignore_errors=True)
            files = summary.export(self.storage_url, PROJECT, BUCKET, self.folder / "archive")
            self.say(f"exported   {len(files)} files of the bucket to {self._shown(self.folder / 'archive')}")
        return self._conclude(outcomes, files, paid=after["paid_submits"] - before["paid_submits"])

    def _prepare(self) -> None:
        if self.again and not (self.folder / "bucket").is_dir():
            raise StepError(f"There is no kept bucket in {self.folder}; run `make demo` first.")
        if not self.again:
            shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)

    def _start(self, name: str, argv: list[str]) -> Child:
        log = self.folder / "logs" / f"{name.replace(' ', '-')}.log"
        return start(name, [sys.executable, *argv], log=log, env=clean_environment(), cwd=REPOSITORY)

    def _start_runs(self) -> Child:
        """All DAGs at once; which modules Airflow needs is nothing that a second one has to find out again."""
        home = self.folder / "airflow"
        home.mkdir(parents=True, exist_ok=True)
        for dag_id in self.confs:
            self._result(dag_id).unlink(missing_ok=True)
        environment = airflow_environment(home, sora_url=self.sora_root + "/v1", storage_url=self.storage_url)
        wanted = [f"{dag_id}={json.dumps(conf)}" for dag_id, conf in self.confs.items()]
        argv = [sys.executable, "-m", "devtools.run_dags", str(home), *wanted]
        return start("airflow", argv, log=self.folder / "logs" / "airflow.log", env=environment, cwd=REPOSITORY)

    def _result(self, dag_id: str) -> Path:
        return self.folder / "airflow" / f"{dag_id}.json"

    def _log(self, dag_id: str) -> Path:
        return self.folder / "airflow" / f"{dag_id}.log"

    def _wait_for_servers(self, servers: Mapping[str, Child]) -> None:
        urls = {
            "video server": f"{self.sora_root}/animatic/stats",
            "bucket": f"{self.storage_url}/storage/v1/b/{BUCKET}",
        }
        for name, server in servers.items():
            if not wait_for(urls[name], server.alive, START_TIMEOUT):
                raise StepError(f"The {name} did not start; its log is {server.log}:\n{server.tail()}")

    def _stats(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.sora_root}/animatic/stats", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def _tell_of_clips(self, runs: Child) -> None:
        """A line for each clip as it reaches the bucket, until the runs have ended: silence looks like a hang."""
        told, deadline = set(self._clips()) if self.again else set(), time.monotonic() + RUN_TIMEOUT
        alive = True
        while alive and time.monotonic() < deadline:
            alive = runs.alive()
            time.sleep(0.5 if alive else 0)
            for name in sorted(set(self._clips()) - told):
                told.add(name)
                self.say(f"archived   gs://{BUCKET}/{name}")

    def _clips(self) -> list[str]:
        with urllib.request.urlopen(f"{self.storage_url}/storage/v1/b/{BUCKET}/o", timeout=10) as answer:
            names = [item["name"] for item in json.load(answer).get("items", ())]
        return [name for name in names if name.endswith("/video.mp4")]

    def _outcome(self, dag_id: str, runs: Child) -> dict[str, Any]:
        if not self._result(dag_id).exists():
            log = self._log(dag_id)
            tail = "".join(log.read_text("utf-8", "replace").splitlines(True)[-20:]) if log.exists() else runs.tail()
            raise StepError(f"{dag_id} did not run; its log is {self._shown(log)}:\n{tail}")
        outcome: dict[str, Any] = json.loads(self._result(dag_id).read_text())
        tasks = ", ".join(f"{count} {state}" for state, count in sorted(outcome["tasks"].items()))
        self.say(f"airflow    {dag_id}: {outcome['state']} in {outcome['seconds']} s ({tasks})")
        return outcome

    def _conclude(self, outcomes: Mapping[str, Mapping[str, Any]], files: Mapping[str, Path], paid: int) -> int:
        videos = summary.videos_of(files)
        every = [video for listed in videos.values() for video in listed]
        problems = summary.problems_of(every, files)
        for dag_id, outcome in outcomes.items():
            if outcome["state"] != "success":
                log = self._shown(self._log(dag_id))
                problems.append(f"{dag_id} ended {outcome['state']} ({', '.join(outcome['failed'])}); its log is {log}")
            elif not videos.get(dag_id):
                problems.append(f"{dag_id} archived no video")
        if self.again and paid:
            problems.append(f"{paid} submits were paid for what is archived already")
        rendered = sum(video["kind"] == "video" for video in every)
        if not self.again and paid != rendered:
            problems.append(f"{paid} submits were paid, but {rendered} videos are archived")
        pages = summary.index_pages(files)
        if not pages:
            problems.append("no index page was written")
        elapsed = round(time.monotonic() - self.began, 1)
        told = {
            "dags": {
                dag_id: {"state": outcome["state"], "videos": videos.get(dag_id, [])}
                for dag_id, outcome in outcomes.items()
            },
            "paid_submits": paid,
            "elapsed_s": elapsed,
        }
        (self.folder / "summary.json").write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")
        print("\n" + summary.table(videos) + "\n  (USD at the historical list price; the bundled server is free)\n")
        print(f"{paid} paid submits, {elapsed} s; summary in {self._shown(self.folder / 'summary.json')}")
        for page in pages[: len(self.confs)]:
            print(f"index page: {page.as_uri()}")
        for problem in problems:
            print(f"fell short: {problem}", file=sys.stderr)
        return 1 if problems else 0

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m devtools.demo", description=__doc__)
    parser.add_argument("--again", action="store_true", help="run once more on the kept bucket; pays nothing")
    asked = parser.parse_args(argv)
    try:
        return Demo(DEMO, asked.again).run()
    except StepError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; everything that was started has been ended.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
