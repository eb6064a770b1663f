"""Drafts first: both DAGs make cheap clips, and a final is paid for once, behind the approval that permits it."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_sora.archive.afterwards.totals import report
from airflow_provider_sora.exceptions import ConfigurationError, DecisionRefusedError, RateLimitedError
from airflow_provider_sora.review.decisions import Decision
from airflow_provider_sora.review.place import Place, open_place, read_trail, record_decision
from airflow_provider_sora.review.promotion import promote
from airflow_provider_sora.runs.films.final_beginnings import beginning_of
from airflow_provider_sora.runs.finals import check_current, final_of
from tests.support.animatic import KEY

PRICES = {"sora-2": {"*": 0.1}, "sora-2-pro": {"*": 0.3}}
DRAFTS = {"draft_model": "sora-2", "model": "sora-2-pro"}

#: The answer is given by a task: ``dag.test()`` hangs where Airflow asks a person.
FINALS = """
from airflow.sdk import DAG, Param, get_current_context, task
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.final import FinalVideoOperator
from airflow_provider_sora.review.place import open_place, read_trail, record_decision
from airflow_provider_sora.review.decisions import Decision
from airflow_provider_sora.runs.finals import remember_final
from airflow_provider_sora.tasks.questions.reviewing import record_of

with DAG("finals", params={"receipt": "", "answer": "approved", "gcp_conn_id": None}) as made:
    @task
    def review():
        context = get_current_context()
        ti, params = context["ti"], context["params"]
        place = open_place(params["receipt"])
        trail = read_trail(place)
        if params["answer"] != "none" and (trail.state != "approved" or trail.last.asked["run_id"] != ti.run_id):
            asked = {name: getattr(ti, name) for name in ("dag_id", "run_id", "task_id", "map_index")}
            by = {"id": "hana", "name": "hana"}
            number = len(trail.decisions) + 1
            at = "2026-11-26T10:00:00+00:00"
            decision = Decision(
                params["answer"], number, place.video_id, place.sha256, at, by, why="ok", asked=asked
            )
            trail = record_decision(place, trail, decision)
        return {**record_of(place).to_xcom(), "review": {"state": trail.state}}

    final = FinalVideoOperator(task_id="final", draft=review(), poll_interval=0.1, retries=0)
    ArchiveVideoOperator(
        task_id="archive_final", video=final.output,
        destination="{{ params.receipt.rpartition('/')[0].rpartition('/')[0] }}", post_execute=remember_final,
    )
"""


@pytest.fixture
def drafting(bench: Any, sora_connection: Any) -> Any:
    sora_connection(bench.server.url, KEY, prices=PRICES)
    (bench.folder / "finals.py").write_text(FINALS)
    return bench


def receipts(bench: Any) -> dict[str, dict[str, Any]]:
    """By address."""
    return {
        f"gs://{bench.bucket}/{name}": bench.read(name)
        for name in bench.names("/receipt.json")
        if name.startswith("desk/unreviewed/")
    }


def drafts(bench: Any) -> list[str]:
    return [uri for uri, one in receipts(bench).items() if one["labels"]["clip_stage"] == "draft"]


def withdraw(place: Place) -> None:
    trail = read_trail(place)
    by = {"id": "kenji", "name": "kenji"}
    at = "2026-11-26T11:00:00+00:00"
    record_decision(place, trail, Decision("withdrawn", len(trail.decisions) + 1, place.video_id, place.sha256, at, by))


def test_an_approved_draft_is_made_again_once_and_publishes_nothing(drafting: Any) -> None:
    bench = drafting
    assert bench.run("ecommerce_product_video", max_items=1, **DRAFTS).state == "success"
    made = receipts(bench)
    assert bench.paid() == 3 and {one["request"].get("model", "sora-2") for one in made.values()} == {"sora-2"}
    assert {one["labels"]["final_usd"] for one in made.values()} == {"1.2"}
    assert {one["labels"]["final_model"] for one in made.values()} == {"sora-2-pro"}
    [base] = [uri for uri, one in made.items() if one["request"]["call"] == "create"]

    first = bench.run("finals", receipt=base)
    assert first.state == "success", first.states()
    [(uri, final)] = [(uri, one) for uri, one in receipts(bench).items() if one["labels"]["clip_stage"] == "final"]
    assert bench.paid() == 4 and final["request"]["model"] == "sora-2-pro"
    for name in ("prompt", "size", "seconds", "input_reference"):
        assert final["request"][name] == made[base]["request"][name], name
    assert final["labels"]["draft_id"] == final["parent_id"] == made[base]["video_id"]
    assert uri.rpartition("/")[0].rpartition("/")[0] == base.rpartition("/")[0].rpartition("/")[0], "beside its draft"
    assert "final_usd" not in final["labels"] and read_trail(open_place(uri)).decisions == (), (
        "nothing is decided of it"
    )
    assert not [name for name in bench.names() if "approved/" in name.removeprefix("desk/unreviewed/")]
    place = open_place(base)
    with pytest.raises(DecisionRefusedError, match="is a draft"):
        promote(place, read_trail(place))

    # Cleared: the same job. Asked for by another run: refused, also where the draft was taken back and approved again.
    assert bench.clear(first, "final").state == "success" and bench.paid() == 4
    other = bench.run("finals", receipt=base, answer="none")
    assert other.states()["final"] == "failed" and bench.paid() == 4
    withdraw(place)
    assert bench.run("finals", receipt=base).states()["final"] == "failed" and bench.paid() == 4

    # The archive says what drafts cost and saved: three finals would have cost 3.60; 1.20 + 1.20 was paid.
    summed = report(f"gs://{bench.bucket}/desk").drafts
    assert summed is not None and (summed.drafts, summed.finals) == (3, 1)
    assert (summed.drafts_usd, summed.finals_usd, summed.saved_usd) == (
        pytest.approx(1.2),
        pytest.approx(1.2),
        pytest.approx(1.2),
    )

    # The product is made: with drafts, and without them as well.
    assert bench.run("ecommerce_product_video", max_items=1, **DRAFTS).state == "success"
    paid = bench.paid()
    assert paid == 4 + 3, "the next product, not this one"
    dry = bench.run("ecommerce_product_video", dry_run=True, model="sora-2-pro", remix="off")
    assert dry.state == "success" and bench.paid() == paid
    [plan] = [one for one in map(bench.read, bench.names("/index.json")) if one.get("dry_run")]
    sku = made[base]["labels"]["sku"]
    assert [entry["code"] for entry in plan["skipped"] if entry["key"].startswith(sku)] == ["archived"]


def test_a_remix_becomes_a_final_from_the_picture_and_all_words(drafting: Any) -> None:
    bench = drafting
    bench.run("ecommerce_product_video", max_items=1, **DRAFTS)
    made = {one["video_id"]: one for one in receipts(bench).values()}
    [last] = [uri for uri, one in receipts(bench).items() if len(one["parent_chain"]) == 2]
    assert bench.run("finals", receipt=last).state == "success"
    [final] = [one for one in receipts(bench).values() if one["labels"]["clip_stage"] == "final"]
    draft = open_place(last).receipt
    words = [made[one]["request"]["prompt"] for one in (*reversed(draft["parent_chain"]), draft["video_id"])]
    assert final["request"]["call"] == "create" and final["request"]["prompt"] == "\n".join(words)
    assert final["request"]["input_reference"]["sha256"]


@pytest.mark.parametrize("answer", ["rejected", "undecided", "change"])
def test_without_an_approval_there_is_no_final(drafting: Any, answer: str) -> None:
    bench = drafting
    bench.run("news_insert", max_items=1, remix="off", **DRAFTS)
    [draft] = drafts(bench)
    result = bench.run("finals", receipt=draft, answer=answer)
    assert result.states()["final"] == "skipped" and bench.paid() == 1


def test_a_changed_product_gets_no_final_from_its_old_draft(drafting: Any) -> None:
    bench = drafting
    table = bench.folder / "include" / "catalogue.csv"
    bench.run("ecommerce_product_video", max_items=1, remix="off", **DRAFTS)
    [old] = drafts(bench)
    place = open_place(old)
    check_current(place, final_of(place))
    title = place.receipt["labels"]["title"]
    text = table.read_text("utf-8-sig")
    assert title in text
    table.write_text(text.replace(title, f"{title} II", 1), "utf-8")
    # Seen by a run that makes nothing of it, for want of money: the product has changed all the same.
    bench.run("ecommerce_product_video", max_items=1, remix="off", max_cost_usd=0.01, **DRAFTS)
    assert bench.paid() == 1
    result = bench.run("finals", receipt=old)
    assert result.states()["final"] == "failed" and bench.paid() == 1
    with pytest.raises(DecisionRefusedError, match="has changed since draft"):
        check_current(place, final_of(place))


def test_another_picture_under_the_same_address_is_not_paid_for(drafting: Any) -> None:
    bench = drafting
    bench.run("ecommerce_product_video", max_items=1, remix="off", **DRAFTS)
    [draft] = drafts(bench)
    photos = sorted((bench.folder / "include" / "products").glob("*.jpg"))
    sku = open_place(draft).receipt["labels"]["sku"]
    [mine] = [photo for photo in photos if photo.stem == sku.partition("-")[0].lower() or "mug" in photo.stem][:1]
    mine.write_bytes(next(photo for photo in photos if photo != mine).read_bytes())
    result = bench.run("finals", receipt=draft)
    assert result.states()["final"] == "failed" and bench.paid() == 1


def test_a_draft_whose_plan_is_gone_says_so(drafting: Any) -> None:
    bench = drafting
    bench.run("news_insert", max_items=1, remix="off", **DRAFTS)
    [draft] = drafts(bench)
    place = open_place(draft)
    [plan] = [one.name for one in place.store.list("unreviewed/") if one.name.endswith("/inputs.json")]
    place.store.delete(plan)
    with pytest.raises(ConfigurationError, match=r"bring its inputs\.json back"):
        final_of(place)


def test_without_drafts_nothing_is_written_or_labelled(drafting: Any) -> None:
    bench = drafting
    bench.run("news_insert", max_items=1, remix="off", model="sora-2")
    [one] = receipts(bench).values()
    assert not {"clip_stage", "final_model", "final_usd"} & set(one["labels"])
    assert not [name for name in bench.names() if "/current/" in name]
    [inputs] = [bench.read(name) for name in bench.names("/inputs.json")]
    assert "final" not in inputs["items"][0]


FILM = """\
title: Two
scenes:
  - {id: gate, action: A garden gate opens in the morning wind, camera: "Wide shot, static"}
  - {id: path, action: The path behind it leads to a pond, camera: "Wide shot, slow dolly in", continue_from: gate}
"""


def test_the_final_of_a_scene_starts_on_the_final_before_it_and_the_film_is_cut_of_finals(drafting: Any) -> None:
    bench = drafting
    (bench.folder / "two.yaml").write_text(FILM, "utf-8")
    film = {"storyboard": str(bench.folder / "two.yaml"), **DRAFTS}
    assert bench.run("storyboard", **film).state == "success" and bench.paid() == 2
    made = receipts(bench)
    by_scene = {one["labels"]["scene"]: uri for uri, one in made.items() if "scene" in one["labels"]}
    [cut] = [one for one in made.values() if one["kind"] == "final_cut"]
    assert cut["labels"]["clip_stage"] == "draft", "a film of drafts is looked at, and never published"
    rough = open_place(next(uri for uri, one in made.items() if one["kind"] == "final_cut"))
    with pytest.raises(DecisionRefusedError, match="is a draft"):
        promote(rough, read_trail(rough))

    # The second scene's final has nothing to start on: its task waits its turn, and pays nothing.
    place = open_place(by_scene["2"])
    waiting = final_of(place)
    assert waiting.continues == "scene 1 (gate)"
    with pytest.raises(
        RateLimitedError, match=r"final of scene 1 \(gate\), which is not archived yet.*Nothing was paid"
    ):
        beginning_of(place, waiting, None)

    for number in ("1", "2"):
        assert bench.run("finals", receipt=by_scene[number]).state == "success"
    assert bench.paid() == 4
    finals = {one["labels"]["scene"]: one for one in receipts(bench).values() if one["labels"].get("draft_id")}
    assert len([name for name in bench.names(".png") if "/frames/" in name]) == 2, "of the draft and of the final"
    draft = made[by_scene["2"]]["request"]["input_reference"]
    assert finals["2"]["request"]["input_reference"]["sha256"] != draft["sha256"]

    # The next run makes nothing, and cuts the film of finals.
    assert bench.run("storyboard", **film).state == "success" and bench.paid() == 4
    cuts = [one for one in receipts(bench).values() if one["kind"] == "final_cut"]
    [cut] = [one for one in cuts if one["video_id"] != cut["video_id"]]
    assert [part["video_id"] for part in cut["parts"]] == [finals[number]["video_id"] for number in ("1", "2")]
    assert cut["labels"]["clip_stage"] == "final" and cut["labels"]["review"] == "pending"
    waiting_for_a_person = [uri for uri, one in receipts(bench).items() if one["labels"]["clip_stage"] == "final"]
    assert len(waiting_for_a_person) == 3, "two scenes and the film"
    for uri in waiting_for_a_person:
        assert read_trail(open_place(uri)).decisions == (), "a final is looked at again"
