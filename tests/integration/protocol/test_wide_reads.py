"""A large body comes in large pieces, through the installed HTTP library and its own stream, and none of it is lost."""

import hashlib
import os
import time

import pytest

from airflow_provider_sora.hooks.sora import SoraHook
from airflow_provider_sora.protocol.content import download
from tests.support.http_content import Plan, content_server

DATA = b"\0\0\0\x14ftypisom" + os.urandom(8 << 20)


def test_large_body_comes_in_large_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    once = download.HttpContent

    def spied(*args, **kwargs):  # type: ignore[no-untyped-def]
        def noted(pieces):  # type: ignore[no-untyped-def]
            for piece in pieces:
                taken.append(len(piece))
                if len(taken) < 9:
                    time.sleep(0.02)  # so that more lies ready than was asked for
                yield piece

        return once(*args[:-2], noted(args[-2]), args[-1], **kwargs)

    monkeypatch.setattr(download, "HttpContent", spied)
    got = hashlib.sha256()
    with content_server(Plan(DATA)) as conn_id, SoraHook(conn_id).open_content("video_1") as stream:
        for block in stream.iter_bytes():
            got.update(block)
    assert got.digest() == hashlib.sha256(DATA).digest()
    assert max(taken) > 1 << 16, f"{len(taken)} pieces of at most {max(taken)} bytes: read_widely has no effect"
