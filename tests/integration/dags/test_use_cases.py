"""The use cases as files that one copies: each is run as it is, with its own small table, on the bundled server."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.integration.dags.conftest import Bench
from tests.integration.dags.guests import SECRET, everything

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


@pytest.fixture
def copied(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs an example after it was copied into the DAG folder; the manifest of the run comes back."""
    monkeypatch.setenv("AIRFLOW_VAR_SORA_PRIVATE_DATA_SECRET", SECRET)

    def run(name: str, **params: Any) -> dict[str, Any]:
        shutil.copy(EXAMPLES / f"{name}.csv", bench.folder)
        (bench.folder / f"{name}.py").write_text(
            (EXAMPLES / f"{name}.py").read_text("utf-8") + "\nmade = dag\n", "utf-8"
        )
        result = bench.run(name, **params)
        assert result.state == "success", (result.states(), bench.index().get("note"), bench.index().get("failed"))
        manifests = [bench.read(found) for found in bench.names("/manifest.json")]
        return max(manifests, key=lambda one: str(one["generated_at"]))

    return run


def test_ab_ads(bench: Bench, copied: Any) -> None:
    made = copied("ab_ads")
    assert bench.paid() == 4 == len(made["clips"]) and made["share"] == "4/8"
    # Every value as often as the other, in both shapes.
    for axis, values in {"light": 2, "line": 2, "size": 2}.items():
        seen = [clip["axes"][axis] for clip in made["clips"]]
        assert len(set(seen)) == values and all(seen.count(value) == 2 for value in seen), axis
    assert sorted(clip["size"] for clip in made["clips"]) == ["1280x720"] * 2 + ["720x1280"] * 2
    copied("ab_ads", share=1)
    assert bench.paid() == 8


def test_greeting(bench: Bench, copied: Any, capfd: pytest.CaptureFixture[str]) -> None:
    made = copied("greeting")
    assert bench.paid() == 2 and all(clip["sku"].startswith("p-") for clip in made["clips"])
    prompts = "\n".join(job["prompt"] for job in bench.server.jobs())
    assert "Welcome, Ines Example!" in prompts and "an old map" in prompts
    found = [
        where
        for where, text in everything(bench, "".join(capfd.readouterr()))
        if any(piece in text for piece in ("Ines Example", "Jo Example", "g-1001", "bowl of figs", "old map"))
    ]
    assert [where for where in found if not where.endswith("greeting.csv")] == []


def test_virtual_staging(bench: Bench, copied: Any) -> None:
    photo = bench.folder / "rooms" / "c-77.jpg"
    photo.parent.mkdir()
    picture = io.BytesIO()
    Image.effect_noise((640, 400), 60).convert("RGB").save(picture, "JPEG")
    photo.write_bytes(picture.getvalue())
    made = copied("virtual_staging")
    assert bench.paid() == 2 and [clip["variant"] for clip in made["clips"]] == ["calm", "bold"]
    assert {job["call"] for job in bench.server.jobs()} == {"create"}
    # The customer's picture, its name and the customer stand nowhere.
    held = picture.getvalue()[200:400].decode("latin-1")
    for where, text in everything(bench, ""):
        assert "c-77" not in text or where.endswith(("virtual_staging.csv", "c-77.jpg")), where
        assert held not in text, where


def test_a_refusal_of_a_person_is_shown_as_what_it_is(bench: Bench, copied: Any) -> None:
    photo = bench.folder / "rooms" / "c-77.jpg"
    photo.parent.mkdir()
    Image.new("RGB", (640, 400), "grey").save(photo)
    said = {"error": {"code": "moderation_blocked", "message": "Pictures of real people are not allowed: c-77."}}
    bench.server.fault(on="create", action="status", status=400, body=said, times=None)
    made = copied("virtual_staging", max_failed_share=1, max_jobs_per_clip=2, page_language="ja")
    bench.server.clear_faults()
    # Refused once each, not tried again, nothing paid: and said so on the page, without the server's own words.
    assert bench.paid() == 0 and bench.server.stats()["paid_posts"] == 2 and made["clips"] == []
    assert {entry["values"]["error"] for entry in made["missing"]} == {"PolicyRefusalError"}
    assert all("its words are left out" in entry["reason"] for entry in made["missing"])
    (page,) = [bench.read(name) for name in bench.names("/campaign.html")]
    assert page.count('class="card hole"') == 2 and "サーバーが拒否" in page and "real people" not in page


def test_safety_training(bench: Bench, copied: Any) -> None:
    made = copied("safety_training")
    assert bench.paid() == 3 and [clip["sku"] for clip in made["clips"]] == ["LO-1", "LO-2", "SP-1"]
    found = {name.rpartition("/")[2]: bench.read(name) for name in bench.names(".vtt")}
    assert found["lockout.vtt"] == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:04.000\n1. Switch the machine off.\n\n"
        "00:00:04.000 --> 00:00:08.000\n2. Lock the switch &amp; keep the key.\n"
    )
    assert found["spill.vtt"].startswith("WEBVTT\n\n00:00:00.000 --> 00:00:04.000\n")
