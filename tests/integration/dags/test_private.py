"""Private columns: a canary in every cell, looked for in store, database, logs, pages, errors and drawn frames."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

from tests.integration.dags.conftest import PRICES, Bench
from tests.integration.dags.guests import GUESTS, SECRET, everything, frames, leaks, run, write_table
from tests.support.animatic import KEY


@pytest.fixture
def captured(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """All that was printed or logged so far, at any level."""
    caplog.set_level("DEBUG")
    kept = ""

    def read() -> str:
        nonlocal kept
        kept += "".join(capfd.readouterr())
        return kept + caplog.text

    return read


def test_a_canary_reaches_the_server_and_nothing_else(party: Bench, captured: Callable[[], str]) -> None:
    result = run(party)
    assert result.state == "success", result.states()
    # It did shape what was asked for …
    prompts = sorted(job["prompt"] for job in party.server.jobs())
    assert (
        prompts[0]
        == "A paper card on a table in Lisbon greets Qözu, who loves kites, 92 of them. morning light. Static camera."
    )
    assert "Zaphkiel Qworndon, who loves otters & marzipan" in prompts[1]
    # … and stands nowhere.
    output = captured()
    assert leaks(party, output) == []
    # The search sees what it should: public words stand in all these places.
    kinds = {where.partition(":")[0] for where, text in everything(party, output) if "Lisbon" in text}
    assert kinds >= {"bucket", "database", "file"} and "Archived gs://" in output

    receipts = [party.read(name) for name in party.names("/receipt.json")]
    subjects = {receipt["labels"]["subject"] for receipt in receipts}
    assert len(subjects) == 2 and all(len(subject) == 40 for subject in subjects)
    for receipt in receipts:
        request = receipt["request"]
        assert "prompt" not in request and len(request["prompt_keyed_digest"]) == 16
        assert request["caption"].startswith("A paper card on a table in Lisbon greets [name]")
    # The rendered fields that people see in Airflow hold the places.
    assert any("greets {name}" in line for where, line in everything(party, "") if where.startswith("database"))
    # Again: nothing is paid, and nothing leaks; a changed private cell is another clip of the same person.
    assert run(party).state == "success" and party.paid() == 2
    write_table(party, [{**GUESTS[0], "note": "otters"}, GUESTS[1]])
    assert run(party).state == "success" and party.paid() == 3
    assert {party.read(name)["labels"]["subject"] for name in party.names("/receipt.json")} == subjects
    assert leaks(party, captured()) == []


def test_what_is_drawn_comes_from_public_columns(party: Bench) -> None:
    assert run(party).state == "success"
    one, other = (frames(party, job["id"]) for job in party.server.jobs())
    # Two people, one city: the same pictures to the last bit, so nothing private is in them.
    assert len(one) > 20 and one == other


def test_a_server_of_another_make_gets_the_prompt_and_no_other_words(
    party: Bench, sora_connection: Any, captured: Callable[[], str]
) -> None:
    sora_connection(party.server.url, KEY, prices=PRICES, dialect="openai")
    assert run(party, seconds=4).state == "success"
    one, other = (frames(party, job["id"]) for job in party.server.jobs())
    assert one != other  # such a server draws what it was asked for: the control of the test above
    assert "Zaphkiel" in str(party.server.jobs()) and leaks(party, captured()) == []


ECHO = "your prompt 'A paper card … greets Zaphkiel Qworndon, who loves otters' is refused; so is Qözu's, 92 of them"


def answer(status: int, body: Any) -> dict[str, Any]:
    return {"on": "create", "action": "status", "status": status, "body": body}


def failing(code: str) -> dict[str, Any]:
    return {"on": "create", "action": "fail_job", "error": {"code": code, "message": ECHO}}


QUOTING = {
    "400": (answer(400, {"error": {"message": ECHO, "code": "invalid_value"}}), "HTTP 400: its words are left out"),
    "422": (answer(422, {"detail": [{"loc": ["body", ECHO], "msg": ECHO, "input": ECHO}]}), "HTTP 422"),
    "everywhere": (answer(400, {"error": dict.fromkeys(("message", "code", "type", "param"), ECHO)}), "HTTP 400"),
    "500": (answer(500, ECHO), "is not known"),
    "200": (answer(200, {"message": ECHO}), "is not known"),
    "moderation": (failing("moderation_blocked"), "content policy refused job"),
    "any code": (failing(ECHO), "left out"),
    "404 of a look": ({**answer(404, {"error": {"message": ECHO}}), "on": "get"}, "does not know it any more"),
}


@pytest.mark.parametrize(("fault", "said"), QUOTING.values(), ids=QUOTING)
def test_a_server_that_quotes_the_prompt_is_not_repeated(
    party: Bench,
    captured: Callable[[], str],
    sora_connection: Any,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, Any],
    said: str,
) -> None:
    sora_connection(party.server.url, KEY, prices=PRICES, request_timeout=2)

    def in_a_hurry(dag_id: str, load: Any = party._dag) -> Any:
        dag = load(dag_id)
        make = dag.get_task("ad.make")
        make.retries, make.ambiguous_settle, make.timeout = 0, 1, 6
        return dag

    monkeypatch.setattr(party, "_dag", in_a_hurry)
    write_table(party, GUESTS[:1])
    party.server.fault(**fault, times=None)
    run(party, max_failed_share=1, max_jobs_per_clip=1)
    party.server.clear_faults()
    reasons = str(party.index()["failed"])
    assert said in reasons, reasons
    assert "Qworndon" not in reasons
    assert leaks(party, captured()) == []


#: Each guard taken out by itself, and the server's fault that it guards against.
GUARDS: dict[str, tuple[str, Any, dict[str, Any] | None]] = {
    "what stands for the prompt is kept, not the prompt": (
        "airflow_provider_sora.tasks.paying.private_prompt.seal_of", lambda secret: None, None,
    ),
    "what the server says is not repeated": (
        "airflow_provider_sora.operators.private.discreetly", lambda on=True: nullcontext(), QUOTING["422"][0],
    ),
}  # fmt: skip


@pytest.mark.parametrize("guard", list(GUARDS))
def test_with_one_guard_taken_out_the_canary_is_found(
    party: Bench, captured: Callable[[], str], monkeypatch: pytest.MonkeyPatch, guard: str
) -> None:
    place, instead, fault = GUARDS[guard]
    monkeypatch.setattr(place, instead)
    write_table(party, GUESTS[:1])
    if fault:
        party.server.fault(**fault, times=None)
    run(party, max_failed_share=1, max_jobs_per_clip=1)
    party.server.clear_faults()
    assert leaks(party, captured()), "this guard is not what holds it back"


def test_without_a_key_nothing_is_paid(party: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for value, said in (("", "is not set"), ("short", "shorter than 32 characters")):
        monkeypatch.setenv("AIRFLOW_VAR_SORA_PRIVATE_DATA_SECRET", value)
        assert run(party).state == "failed"
        note = party.index()["note"]["reason"]
        assert said in note and "openssl rand -hex 32" in note
    monkeypatch.setenv("AIRFLOW_VAR_SORA_PRIVATE_DATA_SECRET", SECRET)
    for wrong, said in (
        ({"title_column": "name"}, "title_column is 'name', which is a private column"),
        ({"draft_model": "sora-2"}, "a final is made from its draft's prompt"),
        ({"private_columns": ["gust"]}, "no column 'gust'"),
    ):
        assert run(party, **wrong).state == "failed"
        assert said in party.index()["note"]["reason"], wrong
    assert party.paid() == 0


def test_a_private_picture_is_sent_and_kept_nowhere(party: Bench, captured: Callable[[], str]) -> None:
    photos = party.folder / "include" / "kanari-4711"
    photos.mkdir()
    (photos / "Zaphkiel.jpg").write_bytes((party.folder / "include" / "products" / "mug.jpg").read_bytes())
    table = party.folder / "include" / "guests.csv"
    table.write_text(
        "guest,face\nkanari-4711@x,kanari-4711/Zaphkiel.jpg\nkanari-4712@x,kanari-4712/gone.jpg\n", "utf-8"
    )
    template = "The cup of the picture on a table, {light} light."
    faces = {"template": template, "photo_column": "face", "private_columns": ["guest", "face"]}
    assert run(party, **faces, dry_run=True).state == "success"
    assert run(party, **faces).state == "success"
    assert party.paid() == 1
    (receipt,) = [party.read(name) for name in party.names("/receipt.json")]
    assert receipt["request"]["input_reference"] == {"width": 1280, "height": 720}
    # The picture's bytes are nowhere in the bucket; the dry run kept none either.
    assert not [name for name in party.names() if "/pictures/" in name]
    (left,) = party.index()["skipped"]
    assert left["code"] == "private_photo" and "InvalidRequestError" in left["reason"]
    mine = (str(table), str(photos))
    assert [leak for leak in leaks(party, captured()) if not any(own in leak[0] for own in mine)] == []
