"""What a person is asked with: the clip's addresses, what a change would cost, who may answer."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from airflow_provider_sora.archive import naming
from airflow_provider_sora.arguments import is_blank, wrong
from airflow_provider_sora.exceptions import BudgetExceededError, SoraError
from airflow_provider_sora.gallery.archives import configured_archives
from airflow_provider_sora.jobs.cost import check_limit, estimate_usd, say_usd
from airflow_provider_sora.protocol.submission import Submission, SubmitKind
from airflow_provider_sora.record import rendered_value
from airflow_provider_sora.review.place import Place
from airflow_provider_sora.review.question import ChangeOffer, FinalOffer, Links
from airflow_provider_sora.tasks.paying.obtaining import priced
from airflow_provider_sora.tasks.paying.purse import check_caps
from airflow_provider_sora.tasks.questions.reviewing import Case


def offer_of(case: Case) -> ChangeOffer:
    """What a change of this clip would cost, by the connection that made it, and whether there can be one."""
    left = case.policy.max_rounds - case.round
    if left <= 0:
        return ChangeOffer("", 0, f"this clip was changed {case.round} times, as often as max_rounds allows")
    record = case.record
    if not record.sora_conn_id:
        return ChangeOffer("", left, "its receipt does not say which connection made it")
    try:
        from airflow_provider_sora.hooks.sora import SoraHook

        prices = SoraHook(record.sora_conn_id).settings.prices
        estimate = estimate_usd(prices, *priced(Submission(kind=SubmitKind.REMIX, prompt=""), record))
        check_limit(estimate, case.policy.max_cost_usd)
        check_caps(estimate, record.labels)
    except BudgetExceededError as error:
        return ChangeOffer("", left, error.message)
    except SoraError as error:
        return ChangeOffer("", left, f"its connection cannot be used: {error.happened}")
    return ChangeOffer(say_usd(estimate), left)


def final_offer_of(case: Case, sora_conn_id: str | None = None) -> FinalOffer | None:
    """What an approval of a draft permits to be paid, or why it can permit nothing; None of a clip that is no draft.

    :param sora_conn_id: the connection that makes finals; None is the one that made the draft.
    """
    if not case.place.is_draft:
        return None
    try:
        from airflow_provider_sora.hooks.sora import SoraHook
        from airflow_provider_sora.runs.finals import check_current, final_of, permitted_by

        final = final_of(case.place)
        check_current(case.place, final)
        if permitted_by(case.trail) is not None:
            return FinalOffer("", "", "it was approved before, and its final was permitted then")
        if (conn_id := sora_conn_id or final.sora_conn_id) is None:
            return FinalOffer("", "", "its receipt does not say which connection made it")
        settings = SoraHook(conn_id).settings
        model = settings.model_or_default(final.model)
        estimate = estimate_usd(settings.prices, model, final.size, final.seconds)
        check_limit(estimate, case.policy.max_cost_usd)
        check_caps(estimate, final.labels or {})
    except SoraError as error:
        return FinalOffer("", "", error.message)
    return FinalOffer(model or "the server's own model", say_usd(estimate))


def links_of(place: Place) -> Links:
    """Where a signed-in person sees the clip: in the gallery, if the deployment's archives hold it."""
    from airflow.sdk import conf

    where = place.store.destination.join(place.folder)
    base = (conf.get("api", "base_url", fallback="") or "").rstrip("/")
    for archive in configured_archives():
        if base and where.startswith(f"{archive.uri.rstrip('/')}/"):
            folder = where.removeprefix(archive.uri).strip("/")
            folder = quote(f"{archive.id}/{folder}")
            still = place.receipt["objects"].get(naming.THUMBNAIL)
            return Links(
                where,
                f"{base}/sora/clip/{folder}",
                f"{base}/sora/files/{folder}/{still['name']}" if still else None,
            )
    return Links(where)


def with_people(users: object) -> list[dict[str, str]]:
    """Who may answer, as Airflow's HITL takes them: names, ``{"id": …, "name": …}``, or text that lists them; empty for
    all who may act on the DAG.

    :raises ConfigurationError: it is something else; a misread name would let everybody answer, or nobody.
    """
    given = users
    if is_blank(given):
        raise wrong("assigned_users", given, "a list of people, or left out")
    if isinstance(given, str):
        given = rendered_value(given) if given.strip()[0] in "[{" else [name.strip() for name in given.split(",")]
    if isinstance(given, Mapping):
        given = [given]
    if given is not None and not isinstance(given, (list, tuple)):
        raise wrong("assigned_users", given, "a list of people")
    found: list[dict[str, str]] = []
    for user in given or ():
        if isinstance(user, Mapping) and isinstance(user.get("id"), str):
            found.append({"id": user["id"], "name": str(user.get("name") or user["id"])})
        elif isinstance(user, str) and not is_blank(user):
            found.append({"id": user, "name": user})
        else:
            raise wrong("a person in assigned_users", user, 'a name, or {"id": …, "name": …}')
    return found
