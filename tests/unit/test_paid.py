"""What an error says of the money is asked of the record when the error is made, and typed nowhere else."""

from __future__ import annotations

import copy
import pickle
import re
from pathlib import Path

import pytest

import airflow_provider_sora
from airflow_provider_sora.exceptions import (
    AuthenticationFailedError,
    BudgetExceededError,
    ConfigurationError,
    InvalidRequestError,
    ServerFaultError,
    SoraError,
    UnsupportedByServerError,
)
from airflow_provider_sora.jobs.ledger import COMPLETED, FAILED, INTENT, REFUSED, SUBMITTED, Entry
from airflow_provider_sora.jobs.money import say_earlier
from airflow_provider_sora.paid import knowing, said

EARLIER = "An earlier paid request of this task has no known outcome; nothing more was paid."
STANDS = "Job video_1 of this task is paid for and was left in place; nothing more was paid."


def entry(phase: str, **more) -> Entry:
    given = {"video_id": None if phase in (INTENT, REFUSED) else "video_1", **more}
    facts = dict.fromkeys(("fingerprint", "idempotency_key", "intent_at", "sora_conn_id", "base_url"))
    return Entry(phase=phase, ordinal=1, try_number=1, max_tries=2, **facts, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (None, "Nothing was paid."),
        (entry(REFUSED), "Nothing was paid."),
        (entry(INTENT), EARLIER),
        (entry(REFUSED, lost=1), EARLIER),
        (entry(SUBMITTED), STANDS),
        (entry(COMPLETED), STANDS),
        (entry(FAILED), "Nothing more was paid."),
        (entry(REFUSED, earlier=({"video_id": "video_0"},)), "Nothing more was paid."),
    ],
)
@pytest.mark.parametrize(
    "kind", [InvalidRequestError, UnsupportedByServerError, ConfigurationError, BudgetExceededError]
)
def test_the_record_decides_what_an_error_says(kind, record, sentence) -> None:
    with knowing(lambda: say_earlier(record)):
        error = kind("size is wrong.", step="correct size.")
    assert str(error) == f"size is wrong. {sentence} Next: correct size."
    assert (error.happened, error.cost, error.step) == ("size is wrong.", sentence, "correct size.")


def test_it_is_asked_only_when_such_an_error_is_made() -> None:
    def look() -> str:
        raise AssertionError("asked")

    with knowing(look):
        assert str(AuthenticationFailedError("401.")) == "401."
        assert str(ConfigurationError("x.", cost="")) == "x."
        with pytest.raises(AssertionError, match="asked"):
            ConfigurationError("x.")
    assert said() == "Nothing was paid."


def test_an_error_on_the_way_to_the_record_does_not_ask_again() -> None:
    with knowing(lambda: str(ConfigurationError("the record's own."))):
        assert str(InvalidRequestError("x.")) == "x. the record's own. Nothing was paid."


def test_it_stays_what_it_was_when_it_is_copied_or_sent() -> None:
    with knowing(lambda: STANDS):
        error = InvalidRequestError("x.", step="y.", reason="large", values={"photo": "p"}, status_code=400)
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(other), vars(other)) == (str(error), vars(error))
    again = error.with_message("z.", step="w.")
    assert (str(again), again.reason, again.status_code) == ("z. Nothing was paid. Next: w.", "large", 400)


def test_who_knows_better_says_it() -> None:
    assert str(ServerFaultError("503.", cost=said(), step="a retry asks again.")) == (
        "503. Nothing was paid. Next: a retry asks again."
    )
    assert str(SoraError("x.")) == "x."


def test_no_other_module_types_the_sentence() -> None:
    house = Path(airflow_provider_sora.__file__).parent
    typed = re.compile(r"""["'][^"'\n]*[Nn]othing (was|is) (sent or )?paid[^"'\n]*["']""")
    found = {
        str(path.relative_to(house)): lines
        for path in house.rglob("*.py")
        if (
            lines := [line for line in path.read_text("utf-8").splitlines() if typed.search(line) and '"""' not in line]
        )
    }
    # A log's lines about a job that goes on, and a step that a person takes behind a paid job.
    assert sorted(found) == ["jobs/submit.py", "paid.py", "protocol/content/http.py"], found
