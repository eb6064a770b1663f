"""People answer through Airflow's REST API; what follows is paid, copied and announced once: on its four processes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from testbed.strict_gcs import StrictGcs
from tests.support.animatic import KEY, AnimaticServer
from tests.system.installation import PASSWORD, REPOSITORY, USER, Installation
from tests.system.postgres import postgres

pytestmark = [pytest.mark.system, pytest.mark.full_table, pytest.mark.timeout(900)]

DAGS = (
    *("due", "due_rejects", "reminded", "two", "alone", "killed", "withdraw", "on_approved", "on_withdrawn"),
    *("video_review", "news_insert"),
)
PEOPLE = (USER, "hana", "kenji")


class House:
    """An installation with three people, a server that is paid and a bucket."""

    def __init__(self, airflow: Installation, server: AnimaticServer, bucket: StrictGcs, folder: Path) -> None:
        self.airflow, self.server, self.bucket, self.folder = airflow, server, bucket, folder
        self.tokens: dict[str, str] = {}

    def http(self, person: str) -> httpx.Client:
        if person not in self.tokens:
            known = {USER: PASSWORD, **json.loads((self.folder / "passwords.json").read_text())}
            login = {"username": person, "password": known[person]}
            answer = httpx.post(f"{self.airflow.api.root}/auth/token", json=login, trust_env=False, timeout=120)
            self.tokens[person] = answer.json()["access_token"]
        headers = {"authorization": f"Bearer {self.tokens[person]}"}
        return httpx.Client(base_url=f"{self.airflow.api.root}/api/v2", headers=headers, trust_env=False, timeout=60)

    def start(self, dag_id: str, run_id: str, conf: dict[str, Any], person: str = USER) -> None:
        body = {"dag_run_id": run_id, "logical_date": None, "conf": conf}
        with self.http(person) as http:
            answer = http.post(f"/dags/{dag_id}/dagRuns", json=body)
            assert answer.status_code == 200, answer.text

    def questions(self, dag_id: str, run_id: str, count: int = 1, timeout: float = 120) -> list[dict[str, Any]]:
        """The open questions of a run, once there are so many and those who asked have gone.

        The task that asks has parked before its process ends. An answer that comes in between, as no person gives it,
        lets Airflow queue the task again, take the end of that process for the end of the new one, and start a retry,
        which asks anew.
        """
        deadline = time.monotonic() + timeout
        while True:
            found = self.airflow.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}/hitlDetails")["hitl_details"]
            asked = [
                one
                for one in found
                if not one["response_received"] and one["task_instance"]["state"] == "awaiting_input"
            ]
            if len(asked) >= count and not any(self.is_asking(one["task_instance"]) for one in asked):
                return asked
            assert time.monotonic() < deadline, (found, self.log(run_id))
            time.sleep(1)

    def is_asking(self, ti: dict[str, Any]) -> bool:
        """Whether the scheduler has started a process for a task and has not heard of its end, by its own log."""
        log = "".join(
            path.read_text("utf-8", "replace") for path in sorted((self.folder / "logs").glob("scheduler-*.log"))
        )
        dag_id, task_id, run_id, index = (ti[name] for name in ("dag_id", "task_id", "dag_run_id", "map_index"))
        named = f"<TaskInstance: {dag_id}.{task_id} {run_id}{f' map_index={index}' if index >= 0 else ''} [scheduled]"
        begun = sum(line.count(named) for line in log.splitlines() if "Trying to enqueue tasks" in line)
        key = f"dag_id='{dag_id}', task_id='{task_id}', run_id='{run_id}', try_number="
        heard = rf"Received executor event with state \w+ for task instance TaskInstanceKey\({re.escape(key)}\d+, "
        ended = len(re.findall(rf"{heard}map_index={index}\)", log))
        assert begun, f"the scheduler's log does not tell of {named}"
        return begun > ended

    def answer(self, question: dict[str, Any], option: str, words: str = "", person: str = USER) -> httpx.Response:
        ti = question["task_instance"]
        where = f"/dags/{ti['dag_id']}/dagRuns/{ti['dag_run_id']}/taskInstances/{ti['task_id']}/{ti['map_index']}"
        with self.http(person) as http:
            return http.patch(
                f"{where}/hitlDetails", json={"chosen_options": [option], "params_input": {"words": words}}
            )

    def ended(self, dag_id: str, run_id: str) -> str:
        state = self.airflow.wait_for_run(dag_id, run_id, timeout=180)
        assert state == "success", self.log(run_id)
        return state

    def xcom(self, dag_id: str, run_id: str, task_id: str, map_index: int = -1) -> Any:
        where = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/return_value"
        return self.airflow.call("GET", f"{where}?map_index={map_index}&deserialize=false")["value"]

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        return self.airflow.call("GET", f"/dags/{dag_id}/dagRuns?order_by=run_after&limit=100")["dag_runs"]

    def heard(self, dag_id: str) -> list[dict[str, Any]]:
        """All that the DAG which listens was told, once its runs have ended."""
        told = []
        for run in self.runs(dag_id):
            self.ended(dag_id, run["dag_run_id"])
            found = self.xcom(dag_id, run["dag_run_id"], "heard")
            told += json.loads(found) if isinstance(found, str) else found
        return told

    def heard_of(self, dag_id: str, video_id: str, count: int = 1) -> list[dict[str, Any]]:
        deadline = time.monotonic() + 60
        while True:
            found = [extra for extra in self.heard(dag_id) if extra["video_id"] == video_id]
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(1)

    def log(self, run_id: str) -> str:
        logs = sorted((self.folder / "airflow" / "logs").rglob("*.log"))
        ours = [path for path in logs if run_id in str(path)]
        return "\n".join(f"--- {path}\n{path.read_text('utf-8', 'replace')[-3000:]}" for path in ours)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("review")
    server = AnimaticServer(state=folder / "server", queue_seconds=0.2, render_seconds=1.0, log=folder / "server.log")
    server.start()
    prices = {"default_model": "sora-2", "prices": {"*": {"*": 0.1}}, "dialect": "animatic"}
    connection = {"conn_type": "sora", "host": server.url, "password": KEY, "extra": prices}
    try:
        with StrictGcs() as bucket, postgres() as database:
            bucket.create_bucket("system")
            airflow = Installation(
                folder / "site",
                sora_url=server.url,
                storage_url=bucket.url,
                connections={
                    **database,
                    "AIRFLOW_CONN_SORA_DEFAULT": json.dumps(connection),
                    "AIRFLOW_VAR_SORA_ARCHIVE": "gs://system",
                    "AIRFLOW__SORA__ARCHIVES": "gs://system",
                    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:admin" for name in PEOPLE),
                    "NEWS_INSERT_SCHEDULE": "0 0 1 1 *",
                },
                dag_ids=DAGS,
            )
            for name in ("paid_once", "acted_on", "twins", "shuffled"):
                (folder / "site" / "dags" / f"{name}.py").unlink()
            for name in ("video_review", "news_insert"):
                shutil.copy(REPOSITORY / "dags" / f"{name}.py", folder / "site" / "dags")
            shutil.copytree(REPOSITORY / "dags" / "include", folder / "site" / "dags" / "include")
            airflow.env["AIRFLOW__API__BASE_URL"] = f"http://127.0.0.1:{airflow.port}"
            with airflow:
                for dag_id in ("video_review", "news_insert"):
                    airflow.call("PATCH", f"/dags/{dag_id}", {"is_paused": False})
                yield House(airflow, server, bucket, folder / "site")
    finally:
        server.stop()


def test_the_whole_way_of_a_clip(house: House) -> None:
    """Made by the news DAG, changed once by a person, approved, withdrawn: one event a run, one paid remix."""
    before = len(house.server.jobs())
    house.start("news_insert", "made-1", {"max_items": 1, "remix": "off"}, person="kenji")
    house.ended("news_insert", "made-1")
    paid = len(house.server.jobs())
    assert paid == before + 1
    [review] = [run for run in wait_for_runs(house, "video_review", 1)]
    [question] = house.questions("video_review", review["dag_run_id"])
    assert question["options"] == ["Approve", "Reject", "Change"]
    assert "/sora/files/" in question["body"] and "estimated at $0.40" in question["body"]

    # Nothing is decided by two answers at once but the first.
    with ThreadPoolExecutor(2) as pool:
        both = list(
            pool.map(
                lambda person: house.answer(question, "Change", f"colder, says {person}", person), ("hana", "kenji")
            )
        )
    # Airflow 3.3.2 reads the answer before it locks its row, so it may thank both when they come within milliseconds;
    # one alone is taken.
    codes = sorted(answer.status_code for answer in both)
    assert codes in ([200, 409], [200, 200]), [answer.text for answer in both]
    if codes == [200, 409]:
        [told] = [answer.text for answer in both if answer.status_code == 409]
        assert "already" in told, told
    assert house.answer(question, "Reject", "too late", "hana").status_code == 409
    house.ended("video_review", review["dag_run_id"])
    made = house.xcom("video_review", review["dag_run_id"], "clip.review", 0)
    assert made["review"]["state"] == "change" and made["review"]["by"] in ("hana", "kenji")
    assert made["review"]["number"] == 1 and len(decisions(house, made["receipt_uri"])) == 1
    remix = house.xcom("video_review", review["dag_run_id"], "clip.archive", 0)
    assert remix["parent_id"] == made["video_id"]
    assert remix["requested"]["prompt"] == f"colder, says {made['review']['by']}"
    assert remix["labels"]["review_round"] == "1"
    assert len(house.server.jobs()) == paid + 1

    # The remix is a question of its own; a clear of the one before pays for nothing and asks nobody.
    [_, second] = wait_for_runs(house, "video_review", 2)
    [question] = house.questions("video_review", second["dag_run_id"])
    assert "2 more of this clip" in question["body"]
    house.airflow.clear("video_review", review["dag_run_id"], ["clip.review", "clip.change", "clip.archive", "pages"])
    house.ended("video_review", review["dag_run_id"])
    assert len(house.server.jobs()) == paid + 1
    assert house.answer(question, "Approve", "good", "hana").status_code == 200
    house.ended("video_review", second["dag_run_id"])
    approved = house.xcom("video_review", second["dag_run_id"], "clip.review", 0)
    assert approved["review"] | {"at": ""} == {
        "state": "approved", "number": 1, "round": 1, "by": "hana", "at": "",
        "uri": approved["uri"].replace("/unreviewed/", "/approved/"),
        "publish_uri": approved["uri"].replace("/unreviewed/", "/approved/").replace("video.mp4", "publish.json"),
    }  # fmt: skip
    [event] = house.heard_of("on_approved", remix["video_id"])
    assert event["uri"] == approved["review"]["uri"] and event["dag_id"] == "video_review"

    # Cleared: not copied, paid or announced again.
    house.airflow.clear("video_review", second["dag_run_id"], ["clip.review"])
    house.ended("video_review", second["dag_run_id"])
    time.sleep(5)
    assert len(house.heard_of("on_approved", remix["video_id"])) == 1
    assert len(wait_for_runs(house, "video_review", 2)) == 2, "no event, no further run"
    assets = house.airflow.call("GET", "/assets?limit=100")["assets"]
    assert {asset["name"] for asset in assets} <= {"sora_made", "sora_approved", "sora_withdrawn"}, "none a clip"

    # Taken back, twice over.
    for number in (1, 2):
        house.start("withdraw", f"back-{number}", {"receipt": remix["receipt_uri"]}, "kenji")
        house.ended("withdraw", f"back-{number}")
    assert house.xcom("withdraw", "back-2", "withdraw")["review"]["by"] == "kenji"
    assert len(house.heard_of("on_withdrawn", remix["video_id"])) == 1
    assert not [name for name in names(house) if name.startswith("approved/")]
    assert len(house.server.jobs()) == paid + 1


def test_nobody_answers(house: House) -> None:
    """The due time passes: undecided, nothing published; the clip can be asked about again, and rejected so."""
    receipt = made(house, "harbour", "A quiet harbour")
    for number in (1, 2):
        house.start("due", f"due-{number}", {"receipt": receipt})
        house.ended("due", f"due-{number}")
        review = house.xcom("due", f"due-{number}", "review")["review"]
        assert (review["state"], review["number"], review["by"]) == ("undecided", number, None)
    house.start("due_rejects", "late", {"receipt": receipt})
    house.ended("due_rejects", "late")
    assert house.xcom("due_rejects", "late", "review")["review"]["state"] == "rejected"
    assert decisions(house, receipt) == ["decision-0001.json", "decision-0002.json", "decision-0003.json"]
    folder = receipt.removeprefix("gs://system/").rpartition("/")[0]
    assert not [name for name in names(house) if name.startswith(folder.replace("unreviewed/", "approved/", 1))]


def test_two_people_and_answers_that_are_none(house: House) -> None:
    """One person counts once; a change without words is none; the question is put again in the same task."""
    receipt = made(house, "two", "A bridge in fog")
    house.start("two", "two-1", {"receipt": receipt})
    for person, option in (("hana", "Change"), ("hana", "Approve"), ("hana", "Approve")):
        [question] = house.questions("two", "two-1")
        assert house.answer(question, option, "", person).status_code == 200
        wait_until_taken(house, question)
    copy = receipt.removeprefix("gs://system/").rpartition("/")[0].replace("unreviewed/", "approved/", 1)
    assert not [name for name in names(house) if name.startswith(copy)]
    [question] = house.questions("two", "two-1")
    assert house.answer(question, "Approve", "", "kenji").status_code == 200
    house.ended("two", "two-1")
    review = house.xcom("two", "two-1", "review")["review"]
    assert (review["state"], review["by"], review["number"]) == ("approved", "kenji", 2)


def test_who_had_it_made_is_not_the_only_one_to_approve_it(house: House) -> None:
    receipt = made(house, "alone", "A path through reeds")
    house.start("alone", "alone-1", {"receipt": receipt}, "kenji")
    [question] = house.questions("alone", "alone-1")
    assert house.answer(question, "Approve", "mine", "kenji").status_code == 200
    wait_until_taken(house, question)
    copy = receipt.removeprefix("gs://system/").rpartition("/")[0].replace("unreviewed/", "approved/", 1)
    assert not [name for name in names(house) if name.startswith(copy)]
    [question] = house.questions("alone", "alone-1")
    assert "kenji had it made" in house.log("alone-1"), "Airflow shows the question as it was put first"
    assert house.answer(question, "Approve", "", "hana").status_code == 200
    house.ended("alone", "alone-1")
    review = house.xcom("alone", "alone-1", "review")["review"]
    assert (review["state"], review["by"], review["number"]) == ("approved", "hana", 2)


def test_a_reminder_comes_before_the_due_time_and_leaves_it_where_it_was(house: House) -> None:
    receipt = made(house, "reminded", "A boat at rest")
    house.start("reminded", "reminded-1", {"receipt": receipt})
    house.ended("reminded", "reminded-1")
    review = house.xcom("reminded", "reminded-1", "review")["review"]
    assert review["state"] == "rejected" and review["by"] is None, "the default, at the due time and not before"
    marks = (house.folder / "markers" / "reminded-1.reminders").read_text().split()
    assert len(marks) == 1, "the default is an answer; nobody is reminded of it"
    assert decisions(house, receipt) == ["decision-0001.json"]


def test_a_draft_is_made_again_once_and_its_final_decided_about_on_its_own(house: House) -> None:
    """Drafted, approved: paid for and nothing published; a clear pays for nothing; the final is approved by itself."""
    before, runs = len(house.server.jobs()), len(house.runs("video_review"))
    item = {"title": "A lighthouse in rain", "link": "https://news.example/lighthouse"}
    conf = {"max_items": 1, "remix": "off", "item": item, "draft_model": "sora-2", "model": "sora-2-pro"}
    house.start("news_insert", "drafted", conf)
    house.ended("news_insert", "drafted")
    draft = house.xcom("news_insert", "drafted", "article.archive", 0)
    assert len(house.server.jobs()) == before + 1 and draft["labels"]["clip_stage"] == "draft"
    first = wait_for_runs(house, "video_review", runs + 1)[runs]["dag_run_id"]
    [question] = house.questions("video_review", first)
    assert question["subject"].startswith("Make the final of this draft?")
    assert "sora\\-2\\-pro" in question["body"] or "sora-2-pro" in question["body"]
    assert house.answer(question, "Approve", "go", "hana").status_code == 200
    house.ended("video_review", first)
    final = house.xcom("video_review", first, "clip.archive_final", 0)
    assert len(house.server.jobs()) == before + 2
    assert final["labels"]["draft_id"] == draft["video_id"] and final["labels"]["clip_stage"] == "final"
    assert final["requested"]["model"] == "sora-2-pro" and final["requested"]["prompt"] == draft["requested"]["prompt"]
    assert not [name for name in names(house) if "lighthouse" in name and name.startswith("approved/")]
    assert not house.heard_of("on_approved", draft["video_id"], count=0)

    house.airflow.clear("video_review", first, ["clip.final", "clip.archive_final", "pages"])
    house.ended("video_review", first)
    assert len(house.server.jobs()) == before + 2
    second = wait_for_runs(house, "video_review", runs + 2)[runs + 1]["dag_run_id"]
    [question] = house.questions("video_review", second)
    assert question["subject"].startswith("Publish this video?")
    assert house.answer(question, "Approve", "good", "kenji").status_code == 200
    house.ended("video_review", second)
    [event] = house.heard_of("on_approved", final["video_id"])
    assert event["labels"]["clip_stage"] == "final"
    assert len(house.server.jobs()) == before + 2 and len(house.runs("video_review")) == runs + 2


@pytest.mark.parametrize("at", ["record_decision", "promote", "event"])
def test_a_worker_that_is_killed_behind_an_answer(house: House, at: str) -> None:
    """Nobody is asked twice; one decision, one copy, one event."""
    receipt = made(house, f"killed-{at}", f"A mill by the river, {at}")
    house.start("killed", f"killed-{at}", {"receipt": receipt, "at": at})
    [question] = house.questions("killed", f"killed-{at}")
    assert house.answer(question, "Approve", "fine", "hana").status_code == 200
    house.ended("killed", f"killed-{at}")
    assert house.airflow.task("killed", f"killed-{at}", "review")["try_number"] == 2, "it was killed"
    result = house.xcom("killed", f"killed-{at}", "review")
    assert result["review"]["by"] == "hana" and result["review"]["number"] == 1
    assert len(house.heard_of("on_approved", result["video_id"])) == 1
    folder = receipt.removeprefix("gs://system/").rpartition("/")[0]
    bucket = house.bucket.storage.made
    copies = [name for name in names(house) if name.startswith(folder.replace("unreviewed/", "approved/", 1))]
    assert len(copies) == 5 and {bucket["system", name] for name in copies} == {1}
    assert bucket["system", f"{folder}/decision-0001.json"] == 1


def test_from_the_command_line(house: House) -> None:
    """The list shows what waits; an answer is given once, in the name of whose token it is."""
    receipt = made(house, "shell", "A kettle on a stove")
    deadline = time.monotonic() + 60
    while not (mine := [one for one in waiting(house, "hana") if "kettle" in one["subject"]]):
        assert time.monotonic() < deadline
        time.sleep(2)
    code, said = sora_review(house, "hana", mine[0]["question"], "reject", "--words", "wrong kettle")
    assert code == 0, said
    code, said = sora_review(house, "kenji", mine[0]["question"], "approve")
    assert code == 2 and "Somebody else was first" in said
    run_id = mine[0]["question"].split("/")[1]
    house.ended("video_review", run_id)
    assert house.xcom("video_review", run_id, "clip.review", 0)["review"]["by"] == "hana"
    assert decisions(house, receipt) == ["decision-0001.json"]
    code, said = sora_review(house, None)
    assert code == 2 and "AIRFLOW_API_TOKEN is not set" in said


def waiting(house: House, person: str) -> list[dict[str, Any]]:
    code, said = sora_review(house, person, "--output", "json")
    assert code == 0, said
    found: list[dict[str, Any]] = json.loads(said)
    return found


def sora_review(house: House, person: str | None, *words: str) -> tuple[int, str]:
    """``airflow sora review`` as that person: exit code, and what it wrote."""
    env = dict(house.airflow.env)
    if person:
        house.http(person).close()
        env["AIRFLOW_API_TOKEN"] = house.tokens[person]
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "sora", "review", *words],
        env=env,
        capture_output=True,
        text=True,
        timeout=180,
    )
    return done.returncode, done.stdout or done.stderr[-2000:]


def made(house: House, run_id: str, title: str) -> str:
    """Have the news DAG make a clip; the address of its receipt."""
    item = {"title": title, "link": f"https://news.example/{run_id}"}
    house.start("news_insert", run_id, {"max_items": 1, "remix": "off", "item": item})
    house.ended("news_insert", run_id)
    return str(house.xcom("news_insert", run_id, "article.archive", 0)["receipt_uri"])


def wait_until_taken(house: House, question: dict[str, Any]) -> None:
    """Until an answer was read and the task has put its question again."""
    ti = question["task_instance"]
    deadline = time.monotonic() + 60
    while True:
        where = f"/dags/{ti['dag_id']}/dagRuns/{ti['dag_run_id']}/hitlDetails"
        [now] = house.airflow.call("GET", where)["hitl_details"]
        if not now["response_received"] and now["task_instance"]["state"] == "awaiting_input":
            return
        assert time.monotonic() < deadline, (now, house.log(ti["dag_run_id"]))
        time.sleep(1)


def wait_for_runs(house: House, dag_id: str, count: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 60
    while len(found := house.runs(dag_id)) < count:
        assert time.monotonic() < deadline, found
        time.sleep(1)
    return found


def names(house: House) -> list[str]:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    client = storage.Client("t", AnonymousCredentials(), client_options={"api_endpoint": house.bucket.url})
    return [blob.name for blob in client.list_blobs("system")]


def decisions(house: House, receipt: str) -> list[str]:
    folder = receipt.removeprefix("gs://system/").rpartition("/")[0]
    return [name.rpartition("/")[2] for name in names(house) if name.startswith(f"{folder}/decision-")]
