"""A server of unknown make whose remix is only assumed: ``check`` asks for it, and nothing is paid in vain."""

from __future__ import annotations

from tests.integration.dags.conftest import Bench
from tests.support.animatic import KEY, lent_server
from tests.support.known_servers import forget


def test_check_finds_that_there_is_no_remix_before_anything_is_paid(bench, sora_connection, capsys) -> None:
    forget()
    with lent_server(dialect="sglang") as server:
        sora_connection(server.url, KEY, dialect="plain")
        other = Bench(server, bench.bucket)
        result = other.run("news_insert")
        assert result.state == "failed" and server.stats()["paid_posts"] == 0
    assert "remix: off" in capsys.readouterr().out
    forget()


def test_check_refuses_a_server_that_shows_no_videos(bench, sora_connection, capsys) -> None:
    forget()
    with lent_server() as server:
        sora_connection(f"{server.root}/animatic/v1", KEY, dialect="openai")
        result = bench.run("news_insert")
        assert result.state == "failed" and server.stats()["paid_posts"] == 0
    assert "has no /videos" in capsys.readouterr().out
    forget()
