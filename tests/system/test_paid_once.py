"""Whatever is killed, and wherever: one paid job, one object. On Airflow's real processes, over HTTP."""

from __future__ import annotations

import time

import pytest
from google.auth.credentials import AnonymousCredentials

from tests.system.boundaries import BOUNDARIES
from tests.system.conftest import MODES, Site

pytestmark = pytest.mark.system

#: Where the answer or the record of an accepted job is lost: only here does it matter how a server helps.
GAP = ("inside_post", "after_post")


def ambiguous(mode: str, boundary: str) -> bool:
    """The documented case: the job may exist, and this server neither lists prompts nor knows keys."""
    return mode == "blind" and boundary in (*GAP, "after_intent")


def objects(site: Site, video_id: str) -> list[str]:
    from google.cloud import storage

    client = storage.Client(
        project="system", credentials=AnonymousCredentials(), client_options={"api_endpoint": site.bucket.url}
    )
    return sorted(blob.name.rsplit("/", 1)[1] for blob in client.list_blobs("system", prefix=f"clips/{video_id}/"))


def jobs_for(site: Site, mode: str, prompt: str) -> list[dict]:
    return [job for job in site.servers[mode].jobs() if job["prompt"] == prompt]


def posts_for(site: Site, mode: str, prompt: str) -> int:
    requests = site.servers[mode].requests()
    return sum(1 for r in requests if r["method"] == "POST" and (r.get("fields") or {}).get("prompt") == prompt)


def boundaries_of(how: str) -> list[str]:
    return [b for b in BOUNDARIES if how == "deferrable" or b != "on_resume"]


ROWS = [(mode, how, b) for mode in MODES for how in ("sync", "deferrable") for b in boundaries_of(how)]
#: One row per boundary for a quick run; the rest with ``make test-system``.
QUICK = [("listing", "deferrable", b) for b in BOUNDARIES]


def check_row(site: Site, mode: str, how: str, boundary: str, who: str = "task") -> dict[str, object]:
    """Start a run that is killed at ``boundary``, follow it to its end, and check what was paid and kept."""
    dag_id, run_id = f"paid_once_{mode}_{how}", f"{boundary}-{who}-{how}-{mode}"
    prompt = f"clip of {run_id}"
    began = time.monotonic()
    if boundary == "inside_post":
        site.servers[mode].fault(on="create", action="slow", after_accept=True, seconds=3, times=1, match=prompt)
    site.airflow.run(dag_id, run_id, {"boundary": boundary, "who": who})
    state = site.airflow.wait_for_run(dag_id, run_id)
    create = site.airflow.task(dag_id, run_id, "create")
    log = site.airflow.log(create)
    made = jobs_for(site, mode, prompt)
    struck = (site.airflow.folder / "markers" / f"{run_id}.{boundary}").exists()
    assert struck, f"nothing was killed\n{log}"
    if ambiguous(mode, boundary):
        assert state == "failed" and "AmbiguousSubmitError" in log, log
        assert len(made) == (0 if boundary == "after_intent" else 1), log
    else:
        assert state == "success", log
        assert len(made) == 1, log
        assert objects(site, made[0]["id"]) == ["receipt.json", "spritesheet.jpg", "thumbnail.webp", "video.mp4"], log
    return {
        "server": mode,
        "how": how,
        "killed": f"{who} {boundary}",
        "state": state,
        "paid": len(made),
        "tries": create["try_number"],
        "seconds": round(time.monotonic() - began),
    }


@pytest.mark.parametrize(("mode", "how", "boundary"), QUICK)
def test_kill_of_the_task_at_each_boundary(site: Site, mode: str, how: str, boundary: str, record_property) -> None:
    for key, value in check_row(site, mode, how, boundary).items():
        record_property(key, value)


def test_two_mapped_tasks_with_one_prompt_never_adopt_each_others_job(site: Site) -> None:
    server = site.servers["listing"]
    server.fault(on="create", action="reset_after_accept", times=1, match="twins")
    site.airflow.run("twins", "twins-1", {})
    state = site.airflow.wait_for_run("twins", "twins-1")
    made = jobs_for(site, "listing", "twins")
    ids = {job["id"] for job in made}
    claimed = [
        site.airflow.call(
            "GET", f"/dags/twins/dagRuns/twins-1/taskInstances/create/xcomEntries/video_id?map_index={i}"
        )["value"]
        for i in range(2)
        if site.airflow.task("twins", "twins-1", "create", i)["state"] == "success"
    ]
    assert len(claimed) == len(set(claimed)) and set(claimed) <= {f'"{i}"' for i in ids} | ids
    assert len(made) == 2, "each task paid exactly once"
    # The one whose answer was lost either found its own job, or stopped for a person; it never took its twin's.
    assert state in ("success", "failed")
