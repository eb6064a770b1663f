"""What a run of the shipped DAGs is told: what is mistyped or blank costs nothing, what always fails not for ever."""

from __future__ import annotations

import pytest

RENDER_FAILED = {"code": "render_failed", "message": "the renderer gave up"}


@pytest.mark.parametrize("dag_id", ["news_insert", "ecommerce_product_video"])
@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"max_cost": 1}, "This DAG has no 'max_cost'. Did you mean 'max_cost_usd'? Nothing was paid."),
        ({"max_item": 1}, "Did you mean 'max_items'?"),
        ({"timezone": ""}, "timezone renders blank"),
        ({"size": " "}, "size renders blank"),
        ({"model": "None"}, "model renders blank"),
        ({"sora_conn_id": "no_such_server"}, "Airflow has no connection 'no_such_server'"),
        ({"notify_conn_id": "no_such_chat"}, "Airflow has no connection 'no_such_chat', so nobody would be told"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_a_run_is_told_wrong_is_refused_once_before_it_pays(bench, capsys, dag_id, params, said) -> None:
    result = bench.run(dag_id, **{"max_items": 1, **params})
    assert result.state == "failed" and result.states()["check"] == "failed" and result.tries("check") == 1
    assert bench.server.stats()["paid_posts"] == 0
    assert said in capsys.readouterr().out


def test_a_product_that_always_fails_is_paid_for_no_more_often_than_it_may(bench) -> None:
    bench.server.fault(on="create", action="fail_job", error=RENDER_FAILED, times=None)
    paid = []
    for _ in range(3):
        bench.run("ecommerce_product_video", max_items=1, max_jobs_per_clip=4, brand="hinoki", catalogue=one(bench))
        paid.append(bench.paid())
    # Two retries make three jobs; the next run has one left, and the one after that makes nothing.
    assert paid == [3, 4, 4]
    (left_out,) = bench.index()["skipped"]
    assert "4 paid jobs made no clip of it, and max_jobs_per_clip=4 allows no more" in left_out["reason"]


def one(bench) -> str:
    """The shipped catalogue's first product alone."""
    whole = bench.folder / "include" / "catalogue.csv"
    short = whole.with_name("one.csv")
    short.write_text("\n".join(whole.read_text("utf-8-sig").splitlines()[:2]) + "\n", "utf-8")
    return str(short)
