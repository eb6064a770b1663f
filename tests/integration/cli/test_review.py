"""``airflow sora review`` against Airflow's own API server, with people's own tokens."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.integration.gallery.test_deciding import PASSWORDS, USERS
from tests.integration.gallery.test_routes import know_dags
from tests.support.questions import body_about, put_questions
from tests.support.web_ui import api_server, api_server_environment

pytestmark = pytest.mark.timeout(600)
_DAG = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow_provider_sora.operators.review import ReviewVideoOperator
with DAG("video_review", schedule=None, is_paused_upon_creation=False):
    ReviewVideoOperator(task_id="review", video="file:///clips/video_1/receipt.json")
with DAG("another_s", schedule=None, is_paused_upon_creation=False):
    HITLOperator(task_id="review", subject="Deploy?", options=["Approve", "Reject"])
"""
RUNS = ("approved", "changed", "rejected", "open")


class Shell:
    """The command line of somebody who works beside the API server."""

    def __init__(self, root: str, env: dict[str, str]) -> None:
        self.root, self.env = root, env

    def token(self, person: str) -> str:
        login = {"username": person, "password": PASSWORDS[person]}
        answer = httpx.post(f"{self.root}/auth/token", json=login, trust_env=False, timeout=60)
        return str(answer.raise_for_status().json()["access_token"])

    def review(self, token: str, *words: str) -> tuple[int, str]:
        """Exit code, and all that was said."""
        env = {**self.env, "AIRFLOW_API_TOKEN": token, "AIRFLOW__API__BASE_URL": self.root}
        argv = [sys.executable, "-m", "airflow", "sora", "review", *words]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr

    def detail(self, run: str) -> dict[str, object]:
        """Airflow's own record of a question."""
        answer = httpx.get(
            f"{self.root}/api/v2/dags/video_review/dagRuns/{run}/taskInstances/review/-1/hitlDetails",
            headers={"authorization": f"Bearer {self.token('boss')}"}, trust_env=False, timeout=60,
        )  # fmt: skip
        found: dict[str, object] = answer.raise_for_status().json()
        return found


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    home = tmp_path_factory.mktemp("shell")
    (home / "dags").mkdir()
    (home / "dags" / "all.py").write_text(_DAG)
    passwords = home / "their-passwords.json"
    passwords.write_text(json.dumps(PASSWORDS))
    more = {
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in USERS.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
    }
    with api_server(home, more) as root:
        know_dags(home, root)
        env = api_server_environment(home, int(root.rpartition(":")[2]), more)
        found = Shell(root, env)
        with httpx.Client(
            base_url=f"{root}/api/v2", headers={"authorization": f"Bearer {found.token('boss')}"}, trust_env=False,
            timeout=60,
        ) as http:  # fmt: skip
            for dag_id, runs in (("video_review", RUNS), ("another_s", ("deploy",))):
                for run in runs:
                    body = {"logical_date": None, "dag_run_id": run}
                    http.post(f"/dags/{dag_id}/dagRuns", json=body).raise_for_status()
        put_questions(env, RUNS, body_about("gs://b/unreviewed/shop/video_1"))
        put_questions(env, ["deploy"], "somebody else's", dag_id="another_s", options=("Approve", "Reject"))
        yield found


def question(run: str) -> str:
    return f"video_review/{run}/review/-1"


def test_the_list_shows_what_waits_and_nobody_else_s_questions(shell: Shell) -> None:
    code, said = shell.review(shell.token("hana"), "--output", "json")
    assert code == 0, said
    listed = json.loads(said[said.index("[") : said.rindex("]") + 1])
    assert {one["question"] for one in listed} == {question(run) for run in RUNS}
    assert {one["answers"] for one in listed} == {"approve reject change"}


@pytest.mark.parametrize(
    ("run", "answer", "words", "option"),
    [("approved", "approve", "", "Approve"), ("rejected", "reject", "logo", "Reject"),
     ("changed", "change", "colder", "Change")],
)  # fmt: skip
def test_an_answer_is_given_in_the_name_of_whose_token_it_is(
    shell: Shell, run: str, answer: str, words: str, option: str
) -> None:
    if answer == "change":
        code, said = shell.review(shell.token("hana"), question(run), answer)
        assert code == 2 and "A change needs --words" in said and not shell.detail(run)["response_received"]
    more = ("--words", words) if words else ()
    code, said = shell.review(shell.token("hana"), question(run), answer, *more)
    assert code == 0, said
    detail = shell.detail(run)
    assert detail["chosen_options"] == [option] and detail["params_input"] == {"words": words}
    assert detail["responded_by_user"] == {"id": "hana", "name": "hana"}
    # The first counts, and whoever comes later is told.
    code, said = shell.review(shell.token("boss"), question(run), "reject")
    assert code == 2 and "Somebody else was first" in said, said
    assert shell.detail(run)["chosen_options"] == [option]


def test_who_may_not_and_who_nobody_knows_decide_nothing(shell: Shell) -> None:
    told_of = {"nobody-s": "Invalid JWT token", shell.token("viv"): "Forbidden", "": "AIRFLOW_API_TOKEN is not set"}
    for token, told in told_of.items():
        code, said = shell.review(token, question("open"), "approve")
        assert code == 2 and told in said and "Nothing was decided" in said, said
        assert token not in said or not token
    code, said = shell.review(shell.token("hana"), "video_review/nothing/review/-1", "approve")
    assert code == 2 and "404" in said
    assert not shell.detail("open")["response_received"]
