"""What can go wrong, by name: the calls of the protocol, and the actions on a job, on a webhook and on an answer.

Shown as it stands at ``GET /animatic/faults``.
"""

from __future__ import annotations

from collections.abc import Mapping

PAID = ("create", "remix", "edit", "extend")
CONTENT = ("content", "thumbnail", "spritesheet")
CALLS = (
    *PAID,
    "get",
    "list",
    "delete",
    "cancel",
    *CONTENT,
    "character_create",
    "character_get",
    "files",
    "models",
    "openapi",
    "webhook",
)

#: Actions on the job that a paid request makes.
SHAPES: Mapping[str, str] = {
    "fail_job": "the job fails with `error` {code, message} (or `preset`) after the share `at` of its render",
    "stuck": "the job stays in progress for ever",
    "expire": "the content has expired as soon as the job is completed",
    "pad": "the MP4 is `bytes` larger, still playable",
    "pace": "the job has its own `queue_seconds` and `render_seconds`",
}

#: Actions on the webhook that tells of a job's end, where ``on`` is ``webhook``.
WEBHOOKS: Mapping[str, str] = {
    "never": "it is not sent",
    "late": "it is sent `seconds` (default 5) later",
    "twice": "it is sent twice, the second time with the same id",
    "forged": "another secret signs it",
    "stale": "it says that it was sent `seconds` (default 600) ago",
}

#: Actions on the answer.
ANSWERS: Mapping[str, str] = {
    "status": "answer `status` with `headers` and `body` (text or JSON), or with `preset`",
    "hang": "send nothing for `seconds` (default 3600), then cut the connection",
    "reset_before_body": "reset the connection before reading the request's body",
    "reset_after_body": "read the whole request, do nothing, reset the connection",
    "reset_after_accept": "do the work, then reset the connection instead of answering",
    "reset_mid_answer": "send the head of the answer and the `share` (default 0.5) of its body, then reset",
    "half_json": "a complete HTTP answer that holds the first half of the JSON",
    "html": "`status` (default 200) with a proxy's HTML page",
    "empty": "`status` (default 200) with an empty body",
    "slow": "wait `seconds` before the answer; with `bytes_per_second`, also send it slowly",
    "truncate": "announce the whole length, send `bytes` or the `share` of it, close in an orderly way",
    "cut_after": "send at `bytes_per_second`, close after `seconds`, as a proxy with a time limit",
    "wrong_length": "announce `bytes` more (or, negative, less) than is sent",
    "no_length": "send without Content-Length, ended by closing",
    "corrupt": "whole length, but the bytes from the middle on are noise",
    "json_content": "200 with JSON, `body` or one that names a URL, where bytes belong",
    "redirect": "`status` (default 302) to `location`, by default a signed one here, with `host` as its name",
    "ignore_range": "answer a Range request with the whole file and 200",
    "change_etag": "another ETag at every answer",
    "drop_headers": "leave out the headers named in `drop`",
    "patch": "lay `patch` over the JSON answer and leave out the fields in `drop`",
    "whole_mp4": "answer thumbnail and spritesheet with the MP4",
    "vanish": "404 as if the job were unknown, as behind a load balancer without sticky routing",
}

WORK_FIRST = frozenset(
    {"reset_after_accept", "reset_mid_answer", "half_json", "truncate", "cut_after", "wrong_length", "no_length",
     "corrupt", "ignore_range", "change_etag", "drop_headers", "patch", "slow", "whole_mp4", "redirect"}
)  # fmt: skip
OPTIONS = frozenset(
    {"status", "headers", "body", "preset", "seconds", "bytes", "bytes_per_second", "share", "location", "host",
     "error", "at", "patch", "drop", "queue_seconds", "render_seconds"}
)  # fmt: skip
