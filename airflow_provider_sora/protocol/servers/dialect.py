"""What one kind of server takes and offers: the type. The table is in :mod:`.dialects`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

#: Every ability a server may have, in the words of error messages.
CALLS: Mapping[str, str] = {
    "create": "creating videos",
    "get": "asking for a job",
    "list": "listing videos",
    "delete": "deleting a video",
    "cancel": "cancelling a job",
    "content": "downloading a video",
    "thumbnail": "thumbnails",
    "spritesheet": "spritesheets",
    "remix": "remix",
    "edit": "editing a video",
    "extend": "extending a video",
    "characters": "characters",
}


@dataclass(frozen=True)
class Dialect:
    """One server's accent. Every field is data; a user may override any of them in the connection.

    :param name: what the connection's ``dialect`` says.
    :param label: the server in words, for messages and *Test*.
    :param calls: the abilities it has, keys of :data:`CALLS`.
    :param create_encodings: encodings of create, the preferred one first: ``multipart``, ``json``.
    :param seconds_form: ``string`` or ``integer``.
    :param seconds_field: the name of the field on create, as is ``size_field``.
    :param model_rule: ``optional``, ``required``, or ``served`` (one model; leave it out or name it exactly).
    :param lists_all_models: True where a model that ``GET /models`` does not name is certainly refused.
    :param seconds_allowed: lengths it takes, in seconds; None for any whole number.
    :param sizes_allowed: sizes it takes; None for any ``WxH``.
    :param sizes_by_model: sizes of single models, by a pattern of their names; the first match counts.
    :param size_pattern: how a size is spelled where ``WxH`` is not it (a regular expression).
    :param reference_data: how picture bytes travel: ``part`` (file part), ``data-url`` (text), ``data-url-object``
        (``{"image_url": …}``), or None where pictures are not taken.
    :param reference_url: how a picture's address travels: ``object`` (``{"image_url": …}``), ``string``,
        ``field:NAME`` (a text field of that name), ``json-field:NAME`` (a field holding JSON text), or None.
    :param reference_file_id: ``object`` (``{"file_id": …}``), ``string`` or None.
    :param extra_fields: names of further fields it knows; None where any may be sent.
    :param extra_under: fields that travel inside another one, by its name (Dynamo's ``nvext``).
    :param extra_json_text: fields whose value must be JSON text even though it is an object.
    :param remix: ``path`` (``/videos/{id}/remix``), ``field`` (``remix_video_id`` on create), ``edits``, or None.
    :param source_file: True where edits and extensions take an MP4 of the user's own.
    :param content: ``endpoint`` (``/videos/{id}/content``), ``job-url`` (an address in the job object),
        or ``create-answer`` (only the answer to create holds the video).
    :param list_has_prompts: True where the list is complete and shows prompts, so that a lost job can be found.
    :param honours_idempotency_key: True where a second POST with the same key returns the first job.
    :param cancel: method and path of the cancel call, or None.
    :param delete_semantics: what DELETE does to an unfinished job, in words.
    :param wants_key: True where every request needs a key.
    :param status_words: the server's own status words, by the protocol's.
    :param not_found_codes: error codes that mean an unknown id although the status is not 404.
    :param paid_headers: headers that go with every paid request of this make, and ``paid_fields`` fields of those
        whose body is JSON: they keep a gateway from repeating it.
    :param repeats: what this gateway does with a paid request behind our back, and how it is switched off; a
        sentence for *Test* and errors.
    :param content_at: dotted places of the video's address in the job (``result.files.0.link``), before those that
        :mod:`~airflow_provider_sora.protocol.http.reading.shapes` knows.
    :param id_at: the same for the job's id.
    :param refusal_statuses: statuses with which this server has certainly refused a paid call, beside those that
        always mean it; decides about money. 503 of a queue that is full, for instance.
    :param refusal_codes: the same by error code.
    :param documented_only: True where nobody has seen it run here: its facts come from documents.
    :param sources: where the facts come from.
    """

    name: str
    label: str
    calls: frozenset[str]
    create_encodings: tuple[str, ...] = ("multipart", "json")
    seconds_form: str = "string"
    seconds_field: str = "seconds"
    size_field: str = "size"
    model_rule: str = "optional"
    lists_all_models: bool = False
    seconds_allowed: tuple[int, ...] | None = None
    sizes_allowed: tuple[str, ...] | None = None
    sizes_by_model: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    size_pattern: str = r"[1-9]\d{0,4}x[1-9]\d{0,4}"
    prompt_limit: int = 32000
    reference_data: str | None = "part"
    reference_url: str | None = "object"
    reference_file_id: str | None = "object"
    extra_fields: tuple[str, ...] | None = None
    extra_under: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra_json_text: tuple[str, ...] = ()
    remix: str | None = "path"
    source_file: bool = False
    content: str = "endpoint"
    list_has_prompts: bool = False
    honours_idempotency_key: bool = False
    cancel: tuple[str, str] | None = None
    delete_semantics: str = "unknown"
    wants_key: bool = False
    status_words: Mapping[str, str] = field(default_factory=dict)
    not_found_codes: tuple[str, ...] = ()
    paid_headers: Mapping[str, str] = field(default_factory=dict)
    paid_fields: Mapping[str, Any] = field(default_factory=dict)
    repeats: str = ""
    content_at: tuple[str, ...] = ()
    id_at: tuple[str, ...] = ()
    refusal_statuses: tuple[int, ...] = ()
    refusal_codes: tuple[str, ...] = ()
    documented_only: bool = False
    sources: tuple[str, ...] = ()

    @property
    def keeps_content_only_in_create(self) -> bool:
        """True where the video exists nowhere but in the answer to create (Dynamo)."""
        return self.content == "create-answer"

    def has(self, call: str) -> bool:
        return call in self.calls

    @property
    def remix_call(self) -> str | None:
        """The call by which a remix travels, or None where there is no remix: the one rule for all who ask."""
        call = {"path": "remix", "field": "remix", "edits": "edit"}.get(self.remix or "")
        return call if call in self.calls else None

    def without(self, calls: frozenset[str]) -> Dialect:
        """The same accent, less calls that the server turned out not to have."""
        return replace(self, calls=self.calls - calls) if self.calls & calls else self
