"""Who a worker is to Cloud Storage, for every way of saying so in a connection; seen at the storage itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.archive.afterwards.verify import verify
from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.runs.remembered.json_store import JsonStore
from airflow_provider_sora.stores.open import open_store
from airflow_provider_sora.stores.options import ArchiveOptions
from testbed.google_front import GoogleFront
from tests.support.content import MemorySource
from tests.support.media import grown, sample_mp4

CLIP = sample_mp4()
LARGE = grown(CLIP, 12 << 20)
RECORD = VideoRecord("video_1", base_url="http://render:1/v1", status="completed", labels={"brand": "ナ"})
Connection = Callable[..., str]


def with_a_key(front: GoogleFront, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return connection(keyfile_dict=json.dumps(front.account("writer", may_store=True).key), project="p")


def with_a_key_as_mapping(front: GoogleFront, connection: Connection, *_: Any) -> str:
    return connection(keyfile_dict=front.account("writer", may_store=True).key)


def with_a_file(front: GoogleFront, connection: Connection, tmp_path: Path, _: Any) -> str:
    path = tmp_path / "key.json"
    path.write_text(json.dumps(front.account("writer", may_store=True).key))
    return connection(key_path=str(path))


def with_the_workers_own(front: GoogleFront, connection: Connection, tmp_path: Path, patch: Any) -> str:
    path = tmp_path / "adc.json"
    path.write_text(json.dumps(front.account("writer", may_store=True).key))
    patch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    return connection()


def through_the_connections_chain(front: GoogleFront, connection: Connection, *_: Any) -> str:
    start, writer = front.account("start"), front.account("writer", may_store=True)
    front.may_act_as.add((start.email, writer.email))
    return connection(keyfile_dict=start.key, impersonation_chain=writer.email)


WAYS = [
    with_a_key,
    with_a_key_as_mapping,
    with_a_file,
    with_the_workers_own,
    through_the_connections_chain,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_clip_is_archived_as_the_account_that_the_connection_names(
    way: Callable[..., str],
    front: GoogleFront,
    bucket: str,
    connection: Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = ArchiveOptions(gcp_conn_id=way(front, connection, tmp_path, monkeypatch))
    place = f"gs://{bucket}/clips"
    open_store(place, options).check()
    assert list(open_store(place, options).list()) == [], "the trial leaves nothing"
    first = archive_video(MemorySource(LARGE), RECORD, destination=place, options=options)
    again = archive_video(MemorySource(LARGE), RECORD, destination=place, options=options)
    assert (again.bytes_stored, again.bytes_fetched, again.receipt) == (0, 0, first.receipt)
    assert open_store(place, options).read_bytes("video_1/video.mp4") == LARGE
    assert [finding.problem for finding in verify(place, options)] == [None] * 4
    assert front.asked_as(bucket) == {"writer@p.iam.gserviceaccount.com"}


@pytest.mark.parametrize("form", ["one text", "a list"])
def test_a_chain_of_accounts_ends_at_its_last(
    form: str, front: GoogleFront, bucket: str, connection: Connection
) -> None:
    start, middle, writer = front.account("start"), front.account("middle"), front.account("writer", may_store=True)
    front.may_act_as |= {(start.email, middle.email), (middle.email, writer.email)}
    names = [middle.email, writer.email]
    options = ArchiveOptions(
        gcp_conn_id=connection(keyfile_dict=start.key),
        impersonation_chain=", ".join(names) if form == "one text" else names,
        stills=False,
    )
    archive_video(MemorySource(CLIP), RECORD, destination=f"gs://{bucket}", options=options)
    assert front.asked_as(bucket) == {writer.email}


def test_the_arguments_chain_goes_before_the_connections(
    front: GoogleFront, bucket: str, connection: Connection
) -> None:
    start, other, writer = front.account("start"), front.account("other"), front.account("writer", may_store=True)
    front.may_act_as |= {(start.email, other.email), (start.email, writer.email)}
    conn_id = connection(keyfile_dict=start.key, impersonation_chain=other.email)
    options = ArchiveOptions(gcp_conn_id=conn_id, impersonation_chain=writer.email)
    open_store(f"gs://{bucket}", options).check()
    assert front.asked_as(bucket) == {writer.email}


def test_the_workers_own_login_can_act_as_another_without_a_connection(
    front: GoogleFront, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, writer = front.account("start"), front.account("writer", may_store=True)
    front.may_act_as.add((start.email, writer.email))
    path = tmp_path / "adc.json"
    path.write_text(json.dumps(start.key))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    open_store(f"gs://{bucket}", ArchiveOptions(impersonation_chain=writer.email)).check()
    assert front.asked_as(bucket) == {writer.email}


def test_an_account_without_rights_is_told_which_to_grant(
    front: GoogleFront, bucket: str, connection: Connection
) -> None:
    options = ArchiveOptions(gcp_conn_id=connection(keyfile_dict=front.account("guest").key))
    with pytest.raises(ConfigurationError, match=r"roles/storage\.objectCreator") as caught:
        open_store(f"gs://{bucket}", options).check()
    assert "Nothing was stored" in str(caught.value)
    with pytest.raises(ConfigurationError, match="a retry costs no second render"):
        archive_video(MemorySource(CLIP), RECORD, destination=f"gs://{bucket}", options=options)


def test_a_login_that_is_refused_leaves_nothing_and_names_the_place(
    front: GoogleFront, bucket: str, connection: Connection
) -> None:
    start, writer = front.account("start"), front.account("writer", may_store=True)
    conn_id = connection(keyfile_dict=start.key)
    options = ArchiveOptions(gcp_conn_id=conn_id, impersonation_chain=writer.email)
    with pytest.raises(ArchiveError, match="Nothing was stored") as caught:
        open_store(f"gs://{bucket}", options).check()
    assert "getAccessToken" in str(caught.value) and bucket in str(caught.value)
    assert not front.asked_as(bucket)
    front.may_act_as.add((start.email, writer.email))
    open_store(f"gs://{bucket}", options).check()


def test_a_key_that_google_does_not_know_is_never_shown(
    front: GoogleFront, bucket: str, connection: Connection
) -> None:
    key = front.account("gone", may_store=True).key
    del front.accounts[key["client_email"]]
    with pytest.raises(ArchiveError, match="Invalid JWT Signature") as caught:
        open_store(f"gs://{bucket}", ArchiveOptions(gcp_conn_id=connection(keyfile_dict=key))).check()
    assert "PRIVATE KEY" not in str(caught.value) and key["private_key"][60:90] not in str(caught.value)


def test_an_outage_of_the_token_service_is_a_fault_and_no_verdict(
    front: GoogleFront, bucket: str, connection: Connection
) -> None:
    options = ArchiveOptions(
        gcp_conn_id=connection(keyfile_dict=front.account("writer", may_store=True).key), retry_seconds=1
    )
    front.down = True
    with pytest.raises(ArchiveError, match="let the task run again") as caught:
        open_store(f"gs://{bucket}", options).check()
    assert not isinstance(caught.value, ConfigurationError), "it is tried again"
    front.down = False
    open_store(f"gs://{bucket}", options).check()


BROKEN: dict[str, dict[str, Any]] = {
    "no JSON": {"keyfile_dict": '{"private_key": "SECRET'},
    "no key in it": {"keyfile_dict": {"type": "service_account", "private_key": "SECRET", "client_email": "a@p"}},
    "a key that is none": {
        "keyfile_dict": {
            "type": "service_account", "client_email": "a@p", "private_key": "SECRET",
            "token_uri": "https://oauth2.googleapis.com/token", "project_id": "p",
        }
    },
    "no such file": {"key_path": "/no/such/SECRET.json"},
    "a file of another kind": {"key_path": "/no/such/key.p12"},
    "two of them": {"keyfile_dict": {"private_key": "SECRET"}, "key_path": "/no/such/key.json"},
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_connection_is_named_and_its_key_is_not(
    fault: str, front: GoogleFront, bucket: str, connection: Connection
) -> None:
    options = ArchiveOptions(gcp_conn_id=connection(**BROKEN[fault]))
    with pytest.raises(ConfigurationError, match="my_gcp") as caught:
        open_store(f"gs://{bucket}", options)
    assert "Nothing was stored" in str(caught.value)
    assert '"SECRET' not in str(caught.value) and "'SECRET" not in str(caught.value)


def test_a_connection_that_is_not_there_is_named(front: GoogleFront, bucket: str, airflow_db: None) -> None:
    with pytest.raises(ConfigurationError, match="no_such_gcp"):
        open_store(f"gs://{bucket}", ArchiveOptions(gcp_conn_id="no_such_gcp"))


def test_who_may_only_add_archives_and_remembers_and_is_told_what_it_cannot_replace(
    front: GoogleFront, bucket: str, connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """roles/storage.objectCreator and objectViewer, as docs/stores.md names them."""
    account = front.account("adder", may_store=True, may_delete=False)
    options = ArchiveOptions(gcp_conn_id=connection(keyfile_dict=account.key))
    place = f"gs://{bucket}/clips"
    store = open_store(place, options)
    archive_video(MemorySource(CLIP), RECORD, destination=place, options=options)
    assert [finding.problem for finding in verify(place, options)] == [None] * 4
    page = store.put_bytes("index.html", b"old", content_type="text/html", metadata={})
    with pytest.raises(ConfigurationError, match=r"index\.html\. It is as it was.*storage\.objects\.delete"):
        store.replace("index.html", b"new", content_type="text/html", expected=page)
    documents = JsonStore(store)
    documents.replace("state/news/feeds/1.json", {"etag": "a"})
    documents.replace("state/news/feeds/1.json", {"etag": "b"})
    assert documents.get("state/news/feeds/1.json") == {"etag": "a"}
    assert "state/news/feeds/1.json was left as it is" in caplog.text
