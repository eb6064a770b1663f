"""What goes wrong on a day of both DAGs at a server that echoes and leaks, and the secrets that take part in it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pendulum

from testbed.airflow_env import DAGS
from tests.integration.dags import hostile
from tests.support.animatic import AnimaticServer
from tests.support.canaries import Canary

MORNING = pendulum.datetime(2026, 11, 23, 4, 0, tz="Asia/Tokyo")
#: What an item is (docs/security.md): its address stands whole where a later task has to read it.
WHERE_INPUTS_ARE = ("database", "bucket: inputs.json", "bucket: state/")
KEY = Canary("the key", "sk-kanarie-7Qm4x9T2wZ+/=8Lp")
HEADER = Canary("a header", "Kanarie8Rn5y0U3vA&<hdr>-1c")
USER = Canary("user of an address of the server", "kanarie-9So6z1V4wB")
SIGNATURE = Canary("signature of an address of the server", "0Tp7a2W5xCkanariesig")
NOTICE = Canary("address of a notice", "T00/B11/kanarie1Uq8b3X6yD")
HOOK = Canary("secret of webhooks", "whsec_a2FuYXJpZTJWcjljNFk3ekVmR2hJag==")
PHOTO = Canary("signature of a photo", "kanarie3Ws0d5Z8aFphoto", WHERE_INPUTS_ARE)
LINK = Canary("token of an article's link", "kanarie4Xt1e6A9bGlink", WHERE_INPUTS_ARE)
READER = Canary("user of an article's link", "kanarie5Yu2f7B0cHreader", WHERE_INPUTS_ARE)
CANARIES = (KEY, HEADER, USER, SIGNATURE, NOTICE, HOOK, PHOTO, LINK, READER)

LEAK = f"https://u:{USER.text}@files.example/1.mp4?X-Own-Sig={SIGNATURE.text}"
ECHO = f"you sent {KEY.text} and {HEADER.text}, look at {LEAK}"


def connections(url: str) -> dict[str, str]:
    """``sora_default`` with all of its secrets, and where notices go, as Airflow reads them from its environment."""
    extra = {
        "prices": {"*": {"*": 0.1}}, "headers": {"X-Own": HEADER.text}, "webhook_secret": HOOK.text,
        "dialect": "animatic", "request_timeout": 5,
    }  # fmt: skip
    server = {"conn_type": "sora", "host": url, "password": KEY.text, "extra": extra}
    chat = {"conn_type": "http", "host": f"http://127.0.0.1:9/services/{NOTICE.text}"}
    return {"AIRFLOW_CONN_SORA_DEFAULT": json.dumps(server), "AIRFLOW_CONN_DESK_CHAT": json.dumps(chat)}


@contextlib.contextmanager
def photo_server() -> Iterator[str]:
    """A web server of the deployment's own, with photos behind signed addresses."""
    picture = (DAGS / "include/products/mug.jpg").read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if PHOTO.text in self.path else 403)
            self.send_header("Content-Length", str(len(picture)))
            self.end_headers()
            self.wfile.write(picture)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/photos"
    server.shutdown()
    server.server_close()


def go_wrong(server: AnimaticServer, articles: int) -> None:
    """Something at every step: refused, lost, failed, cut and leaking."""
    server.reset()
    if articles > 1:  # a lost answer is searched for, which takes its time
        server.fault(on="create", action="status", status=503, body=ECHO, after_accept=True, times=1)
        server.fault(on="create", action="reset_after_accept", match="museum opens hall 1", times=1)
    server.fault(on="create", action="status", status=400, body={"error": {"message": ECHO, "code": "bad"}},
                 match="museum opens hall 3", times=None)  # fmt: skip
    server.fault(on="create", action="fail_job", error={"code": "render_failed", "message": ECHO},
                 match="第0回", times=None)  # fmt: skip
    server.fault(on="get", action="status", status=500, body=ECHO, times=2)
    server.fault(on="content", action="redirect", times=2)
    server.fault(on="content", action="truncate", share=0.5, times=1)
    server.fault(on="remix", action="status", status=404, body=ECHO, times=1)


def feed(folder: Path, count: int) -> str:
    articles = hostile.good_articles(count, MORNING)
    for number, article in enumerate(articles):
        article.link = f"https://reader:{READER.text}@news.example/{number}?access_token={LINK.text}"
    hostile.write_feed(folder / "feed.xml", articles)
    return str(folder / "feed.xml")


def catalogue(folder: Path, photos: str) -> str:
    url = f"https://reader:{READER.text}@shop.example/mug?access_token={LINK.text}"
    rows = [
        "sku,title,selling_points,photo,market,category,brand,language,url",
        f"MUG-1,Oak mug,warm; light,{photos}/mug.jpg?X-Goog-Signature={PHOTO.text},us,kitchen,h,en,{url}",
        f"MUG-2,Ash mug,warm; light,{photos}/no.jpg?X-Own={PHOTO.text[:-1]},us,kitchen,h,en,{url}",
    ]
    (folder / "catalogue.csv").write_text("\n".join(rows), "utf-8")
    return str(folder / "catalogue.csv")
