"""On which terms a task pays: all its rendered arguments, judged once at the top of ``execute`` and then frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.arguments import (
    as_count,
    as_flag,
    as_ids,
    as_labels,
    as_limit,
    as_mapping,
    as_number,
    as_place,
    as_prompt,
    as_seconds,
    as_text,
    check_names,
    lenient,
    wrong,
)
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.jobs.plan import Choices
from airflow_provider_sora.record import VideoRecord, read_record
from airflow_provider_sora.tasks.archiving.keeping import Keeping, read_keeping
from airflow_provider_sora.tasks.former import under_new_names
from airflow_provider_sora.tasks.on_refusal import read_on_refusal

POLL_INTERVAL = 15.0
VARIANT_FALLBACKS = ("fail", "recreate")
#: Keys of ``reference_options``.
REFERENCE_OPTIONS = ("fit", "pad_color", "conn_id", "allow_private_hosts")
_FLAGS = ("wait_for_completion", "deferrable", "durable", "cancel_on_kill")


@dataclass(frozen=True, slots=True)
class Picture:
    """A reference picture that is not loaded yet; see :func:`~airflow_provider_sora.inputs.pictures.load_reference`."""

    source: str
    fit: str = "exact"
    pad_color: str = "#000000"
    conn_id: str | None = None
    allow_private_hosts: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What is to be bought, from whom, within which limits, and what becomes of it.

    None means "not set" everywhere. The names are those of the operators' arguments.

    :param source: the video that this one is made from; None for a create or a file of the user's own.
    :param max_cost_usd: None for no limit.
    :param choices: what the user decided beforehand about money.
    """

    prompt: str
    keeping: Keeping
    choices: Choices = field(default_factory=Choices)
    source: VideoRecord | None = None
    sora_conn_id: str | None = None
    fallback_conn_ids: tuple[str, ...] = ()
    model: str | None = None
    seconds: int | None = None
    size: str | None = None
    item_key: str | None = None
    picture: Picture | None = None
    characters: tuple[str, ...] = ()
    video_file: str | None = None
    variant_fallback: str | None = None
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    max_cost_usd: float | None = None
    wait_for_completion: bool = True
    deferrable: bool = False
    durable: bool = True
    poll_interval: float = POLL_INTERVAL
    first_poll_after: float | None = None
    cancel_on_kill: bool = False


def read_terms(given: Mapping[str, Any]) -> Terms:
    """From a paying operator's rendered arguments, those that it has; what it does at a refusal is judged too.

    :raises ConfigurationError: the first that is wrong, by name; nothing was paid by this try.
    """
    given = under_new_names(given)
    get = given.get
    read_on_refusal(get("on_refusal"))
    interval = as_number("poll_interval", get("poll_interval"), above=True)
    return Terms(
        prompt=as_prompt(get("prompt")),
        keeping=read_keeping(given),
        choices=_choices(given),
        source=_source(given),
        sora_conn_id=as_text("sora_conn_id", get("sora_conn_id")),
        fallback_conn_ids=as_ids("fallback_conn_ids", get("fallback_conn_ids")),
        model=as_text("model", get("model")),
        seconds=as_seconds(get("seconds")),
        size=as_text("size", get("size")),
        item_key=as_text("item_key", get("item_key")),
        picture=read_picture(given),
        characters=as_ids("characters", get("characters")),
        video_file=as_place("video_file", get("video_file")),
        variant_fallback=_fallback(get("variant_fallback")),
        extra_body=as_mapping("extra_body", get("extra_body")),
        labels=as_labels(get("labels")),
        max_cost_usd=as_limit("max_cost_usd", get("max_cost_usd")),
        poll_interval=POLL_INTERVAL if interval is None else interval,
        first_poll_after=as_number("first_poll_after", get("first_poll_after")),
        **{name: as_flag(name, get(name)) for name in _FLAGS},
    )


def _choices(given: Mapping[str, Any]) -> Choices:
    """What the user decided beforehand about money; what is not set keeps its default."""
    words = ("on_ambiguous_submit", "on_change", "on_clear")
    read: dict[str, Any] = {name: as_text(name, given.get(name)) for name in words}
    read["ambiguous_settle"] = as_number("ambiguous_settle", given.get("ambiguous_settle"))
    read["timeout"] = as_number("timeout", given.get("timeout"), above=True)
    read["max_jobs"] = as_count("max_jobs", given.get("max_jobs"))
    choices = Choices(**{name: value for name, value in read.items() if value is not None})
    choices.validate()
    return choices


def _fallback(value: object) -> str | None:
    word = as_text("variant_fallback", value)
    if word is not None and word not in VARIANT_FALLBACKS:
        raise wrong("variant_fallback", word, f"one of {', '.join(VARIANT_FALLBACKS)}")
    return word


def _source(given: Mapping[str, Any]) -> VideoRecord | None:
    if "video" not in given:
        return None
    video, file = given["video"], given.get("video_file")
    if file is None:
        return read_record(video)
    if video is not None:
        raise ConfigurationError("video and video_file are both given; one video is the source.")
    return None


def read_picture(given: Mapping[str, Any]) -> Picture | None:
    """From ``input_reference`` and ``reference_options``; None where there is no picture."""
    options = as_mapping("reference_options", given.get("reference_options"))
    check_names("reference_options", options, REFERENCE_OPTIONS)
    source = as_place("input_reference", given.get("input_reference"))
    if source is None:
        return None
    private = options.get("allow_private_hosts")
    return Picture(
        source=source,
        fit=as_text("reference_options.fit", options.get("fit")) or "exact",
        pad_color=as_text("reference_options.pad_color", options.get("pad_color")) or "#000000",
        conn_id=as_text("reference_options.conn_id", lenient(options.get("conn_id"))),
        allow_private_hosts=private is not None and as_flag("reference_options.allow_private_hosts", private),
    )
