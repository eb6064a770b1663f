"""What one kind of server takes and offers: each field described once. The table of servers is in :mod:`.dialects`.

The checks of a connection's own description, their errors and the table of docs/servers.md are made from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass

from airflow_provider_sora.fields import DESCRIBED, About, Flag, Names, Text, Wanted, refused

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


def _call(name: str) -> str:
    if name not in CALLS:
        raise refused(f"{name!r} is no call", f"calls are {', '.join(CALLS)}")
    return name


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise refused(f"{text!r} is no regular expression ({error})", "correct it") from None
    return text


def _in_lower_case(words: Mapping[str, str]) -> Mapping[str, str]:
    return {word.lower(): meaning for word, meaning in words.items()}


_Calls = Annotated[
    frozenset[Annotated[str, Field(strict=True), AfterValidator(_call)]],
    Wanted("is not a list of names", 'write ["create", "get"]'),
]
_Encodings = Annotated[
    tuple[Literal["json", "multipart"], ...],
    Field(min_length=1),
    Wanted("is not possible", 'use ["json"], ["multipart"] or both'),
]
_Numbers = Annotated[
    tuple[Annotated[int, Field(strict=True, gt=0)], ...],
    Wanted("is not a list of whole numbers above 0", "write [4, 8, 12]"),
]
_Statuses = Annotated[
    tuple[Annotated[int, Field(strict=True, ge=400, le=599)], ...],
    Wanted("is not a list of HTTP statuses", "write [503]"),
]
_UrlForm = Annotated[
    str,
    Field(strict=True, pattern=r"^(object|string|(json-)?field:\w+)$"),
    Wanted("is not possible", 'use "object", "string", "field:NAME", "json-field:NAME" or null'),
]
_CancelCall = Annotated[
    tuple[Literal["POST", "DELETE"], Annotated[str, Field(strict=True, pattern=r"^/.*\{id\}")]],
    Wanted("is no call", 'write ["POST", "/videos/{id}/cancel"]'),
]
#: What else than one picture a scene may refer to.
Reference = Literal["first_frame", "last_frame", "pictures", "audio"]
_References = Annotated[
    Mapping[
        Reference,
        Annotated[str, Field(strict=True, pattern=r"^(frames|items|urls|object):\w+$")],
    ],
    Wanted("is not possible", 'write {"last_frame": "frames:frame_images", "pictures": "items:input_references"}'),
]
_NamesBy = Annotated[Mapping[str, Names], Wanted("is not a JSON object of lists", 'write {"name": ["one", "two"]}')]
_Words = Annotated[
    Mapping[str, Annotated[str, Field(strict=True)]],
    AfterValidator(_in_lower_case),
    Wanted("does not map words to words", 'write {"rendering": "in_progress"}'),
]


@dataclass(frozen=True, config=DESCRIBED)
class Dialect:
    """One server's accent. Every field is data; a user may override any of them in the connection, but for ours."""

    name: Annotated[Text, About("what the connection's `dialect` says, and records")]
    label: Annotated[Text, About("the server in words, for messages and *Test*")]
    calls: Annotated[_Calls, About(f"list of abilities: `{' '.join(CALLS)}`")]
    create_encodings: Annotated[
        _Encodings, About('`["json"]`, `["multipart"]` or both, the preferred one first: the encodings of create')
    ] = ("multipart", "json")
    seconds_form: Annotated[Literal["string", "integer"], About("`string` or `integer`")] = "string"
    seconds_field: Annotated[Text, About("name of that field on create")] = "seconds"
    size_field: Annotated[Text, About("name of that field on create")] = "size"
    model_rule: Annotated[
        Literal["optional", "required", "served"],
        About("`optional`, `required`, or `served` (one model: leave it out or name it exactly)"),
    ] = "optional"
    lists_all_models: Annotated[
        Flag,
        About("`true`: a model that `GET /models` does not name is refused before paying"),
    ] = False
    seconds_allowed: Annotated[_Numbers | None, About("list of lengths, or `null` for any whole number")] = None
    sizes_allowed: Annotated[Names | None, About("list of sizes, or `null` for any of that pattern")] = None
    sizes_by_model: Annotated[
        _NamesBy, About('sizes of single models: `{"model-glob": ["1280x720"]}`; the first match counts')
    ] = Field(default_factory=dict)
    size_pattern: Annotated[
        Text, AfterValidator(_pattern), About("regular expression, where `WxH` is not the form of a size")
    ] = r"[1-9]\d{0,4}x[1-9]\d{0,4}"
    prompt_limit: Annotated[
        Annotated[int, Field(strict=True, gt=0), Wanted("is not a whole number above 0", "write 32000")],
        About("characters"),
    ] = 32000
    reference_data: Annotated[
        Literal["part", "data-url", "data-url-object", None],
        About(
            "how picture bytes travel: `part` (file part), `data-url` (text), `data-url-object` "
            '(`{"image_url": …}`), or `null` for not at all'
        ),
    ] = "part"
    reference_url: Annotated[
        _UrlForm | None,
        About(
            'how a picture\'s address travels: `object` (`{"image_url": …}`), `string`, `field:NAME` (a text field of '
            "that name), `json-field:NAME` (a field holding JSON text), or `null`"
        ),
    ] = "object"
    reference_file_id: Annotated[
        Literal["object", "string", None],
        About('how a file\'s id travels: `object` (`{"file_id": …}`), `string` or `null`'),
    ] = "object"
    references: Annotated[
        _References,
        About(
            "what else than `input_reference` a scene may refer to, by `first_frame`, `last_frame`, `pictures` and "
            "`audio`, each as an address that the server fetches, and how it travels: `frames:NAME` (a list that also "
            "says which frame), `items:NAME` (a list of typed items), `urls:NAME` (a list of addresses) or "
            '`object:NAME` (`{"audio_url": …}`)'
        ),
    ] = Field(default_factory=dict)
    extra_fields: Annotated[Names | None, About("names that `extra_body` may hold; `null` for any")] = None
    extra_under: Annotated[_NamesBy, About('fields inside another one: `{"nvext": ["seed"]}`')] = Field(
        default_factory=dict
    )
    extra_json_text: Annotated[Names, About("fields whose value travels as JSON text even though it is an object")] = ()
    caption_field: Annotated[
        Text | None, About("name of the field with the words that a draft shows in place of its prompt, or `null`")
    ] = None
    remix: Annotated[
        Literal["path", "field", "edits", None],
        About("`path` (`/videos/{id}/remix`), `field` (`remix_video_id` on create), `edits`, or `null`"),
    ] = "path"
    source_file: Annotated[Flag, About("`true`: edits and extensions take an MP4 of yours")] = False
    content: Annotated[
        Literal["endpoint", "job-url", "create-answer"],
        About(
            "`endpoint` (`/videos/{id}/content`), `job-url` (an address in the job object), `create-answer` (only the "
            "answer to create holds the video)"
        ),
    ] = "endpoint"
    list_has_prompts: Annotated[
        Flag, About("`true` only where the list is complete and shows prompts: a lost job is looked for there")
    ] = False
    honours_idempotency_key: Annotated[
        Flag, About("`true` only where a second request with the same key gives back the first job")
    ] = False
    cancel: Annotated[_CancelCall | None, About('method and path: `["POST", "/videos/{id}/cancel"]`, or `null`')] = None
    delete_semantics: Annotated[
        Text, About("what DELETE does to an unfinished job, in words; `DeleteVideoOperator` logs it")
    ] = "unknown"
    wants_key: Annotated[Flag, About("`true`: every request needs a key, so a blank one is refused here")] = False
    status_words: Annotated[
        _Words,
        About(
            "the server's words by the protocol's: `queued in_progress completed failed cancelled expired`. An "
            "unknown word counts as running. Common words of other servers, and prefixes such as `TASK_STATUS_`, are "
            "known"
        ),
    ] = Field(default_factory=dict)
    not_found_codes: Annotated[Names, About("error codes that mean an unknown id although the status is not 404")] = ()
    paid_headers: Annotated[
        Mapping[str, str],
        About("headers that go with every paid request: they keep a gateway from repeating it", ours=True),
    ] = Field(default_factory=dict)
    paid_fields: Annotated[
        Mapping[str, Any], About("fields of paid requests whose body is JSON, to the same end", ours=True)
    ] = Field(default_factory=dict)
    repeats: Annotated[
        str,
        About(
            "what this gateway does with a paid request behind our back, and how it is switched off; a sentence for "
            "*Test* and errors",
            ours=True,
        ),
    ] = ""
    content_at: Annotated[
        Names,
        About(
            'dotted places of the video\'s address in the job, before those that are known: `["result.files.0.link"]`'
        ),
    ] = ()
    id_at: Annotated[Names, About("the same for the job's id")] = ()
    refusal_statuses: Annotated[
        _Statuses,
        About(
            "statuses with which this server has certainly taken no job, beside those that always mean it, such as "
            "`[503]` for a full queue. The task then fails as rate-limited, and its retry submits anew"
        ),
    ] = ()
    refusal_codes: Annotated[Names, About("the same by error code")] = ()
    documented_only: Annotated[
        bool, About("True where nobody has seen it run here: its facts come from documents", ours=True)
    ] = False
    sources: Annotated[tuple[str, ...], About("where the facts come from", ours=True)] = ()

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
