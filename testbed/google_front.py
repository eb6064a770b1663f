"""Google's front doors on this machine, over TLS: the token service, the one that impersonates, and Cloud Storage.

``with GoogleFront(strict) as front:`` runs a proxy. With ``front.environment()`` set, the clients of Google ask
``https://storage.googleapis.com`` and its siblings as ever, and end here: no address, class or method of theirs is
replaced. Keys are checked, tokens are given to accounts and held against what that account may do.
"""

from __future__ import annotations

import http.client
import itertools
import json
import re
import ssl
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from testbed.google_accounts import Account, certificate, new_account
from testbed.strict_gcs import StrictGcs

STORAGE, TOKENS, IAM = "storage.googleapis.com", "oauth2.googleapis.com", "iamcredentials.googleapis.com"
_NOT_PASSED_ON = ("host", "connection", "content-length", "transfer-encoding", "date", "server")


@dataclass(frozen=True, slots=True)
class Call:
    """One request: as which account (empty: none was shown), to which host, what for."""

    account: str
    host: str
    method: str
    path: str


@dataclass
class GoogleFront:
    """:param folder: where the certificate is put."""

    gcs: StrictGcs
    folder: Path
    accounts: dict[str, Account] = field(default_factory=dict)
    #: Who may use the storage at all.
    may_store: set[str] = field(default_factory=set)
    #: Who may delete and replace there, too.
    may_delete: set[str] = field(default_factory=set)
    #: (who, as whom): who may ask for a token of another account.
    may_act_as: set[tuple[str, str]] = field(default_factory=set)
    #: While it is True, tokens are answered with 503.
    down: bool = False
    calls: list[Call] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> GoogleFront:
        names = (STORAGE, TOKENS, IAM, "www.googleapis.com")
        self.certificate, key = certificate(self.folder, names)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.certificate, key)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self._server.daemon_threads = True
        self._server.handle_error = lambda *args: None  # type: ignore[method-assign]
        threading.Thread(target=self._server.serve_forever, daemon=True, name="google-front").start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to end here."""
        proxy = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {"HTTPS_PROXY": proxy, "NO_PROXY": "127.0.0.1,localhost", "REQUESTS_CA_BUNDLE": str(self.certificate)}

    def account(self, name: str, *, may_store: bool = False, may_delete: bool | None = None) -> Account:
        """A service account with a key, known here from now on.

        :param may_delete: as it may store unless said otherwise.
        """
        made = self.accounts[f"{name}@p.iam.gserviceaccount.com"] = new_account(name)
        if may_store:
            self.may_store.add(made.email)
        if may_store if may_delete is None else may_delete:
            self.may_delete.add(made.email)
        return made

    def give_token(self, email: str) -> str:
        token = f"ya29.{uuid.uuid4().hex}"
        self.tokens[token] = email
        return token

    def asked_as(self, bucket: str) -> set[str]:
        """Which accounts asked the storage for anything of this bucket (empty text: one that is not known here).

        Of this bucket only: Google's client reads a bucket's own data on a thread that it never ends and that tries
        again for two minutes, so one of an earlier test may end up here with a token of another front.
        """
        theirs = re.compile(rf"/b/{re.escape(bucket)}(?=[/?]|$)")
        return {call.account for call in self.calls if call.host == STORAGE and theirs.search(call.path)}

    def signed_by(self, text: str) -> str:
        """The account whose key signed this JWT; empty for nobody's."""
        from google.auth import jwt

        for email, account in self.accounts.items():
            try:
                if jwt.decode(text, certs=account.public_pem, verify=True, audience=None)["iss"] == email:
                    return email
            except ValueError:
                continue
        return ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, front: GoogleFront, *args: Any) -> None:
        self.front, self.host = front, ""
        super().__init__(*args)

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_CONNECT(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()
        self.host = self.path.partition(":")[0]
        self.connection = self.front.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb", -1), self.connection.makefile("wb", 0)
        self.close_connection = False

    def do_any(self) -> None:
        body = self._body()
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        who = self.front.tokens.get(token, "") or (self.front.signed_by(token) if token.count(".") == 2 else "")
        self.front.calls.append(Call(who, self.host, self.command, self.path))
        if self.host in (TOKENS, IAM) and self.front.down:
            return self._answer(503, {"error": "unavailable"})
        if self.host == TOKENS:
            return self._token(parse_qs(body.decode()))
        if not who:
            return self._answer(401, {"error": {"code": 401, "message": "Anonymous caller."}})
        if self.host == IAM and self.path.endswith(":generateAccessToken"):
            return self._act_as(who, json.loads(body))
        if self.host == STORAGE:
            return self._store(who, body)
        return self._answer(404, {"error": {"code": 404, "message": f"{self.host} is not served here."}})

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_any

    def _token(self, form: Mapping[str, list[str]]) -> None:
        email = self.front.signed_by(form.get("assertion", [""])[0])
        if not email:
            return self._answer(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
        token = {"access_token": self.front.give_token(email), "expires_in": 3600, "token_type": "Bearer"}
        return self._answer(200, token)

    def _act_as(self, who: str, asked: Mapping[str, Any]) -> None:
        target = self.path.rpartition("/")[2].partition(":")[0].replace("%40", "@")
        chain = [who, *(name.rpartition("/")[2] for name in asked.get("delegates") or ()), target]
        if any(step not in self.front.may_act_as for step in itertools.pairwise(chain)):
            message = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
            return self._answer(403, {"error": {"code": 403, "message": message, "status": "PERMISSION_DENIED"}})
        ends = datetime.now(UTC) + timedelta(hours=1)
        given = {"accessToken": self.front.give_token(target), "expireTime": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}
        return self._answer(200, given)

    def _store(self, who: str, body: bytes) -> None:
        if who not in self.front.may_store:
            message = f"{who} does not have storage.objects.get access to the Google Cloud Storage object."
            return self._answer(403, {"error": {"code": 403, "message": message}})
        asked = parse_qs(urlsplit(self.path).query)
        deletes = self.command == "DELETE" and "upload_id" not in asked
        replaces = self.command == "POST" and asked.get("ifGenerationMatch", ["0"]) != ["0"]
        if (deletes or replaces) and who not in self.front.may_delete:
            message = f"{who} does not have storage.objects.delete access to the Google Cloud Storage object."
            return self._answer(403, {"error": {"code": 403, "message": message}})
        here = urlsplit(self.front.gcs.url)
        upstream = http.client.HTTPConnection(str(here.hostname), here.port, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _NOT_PASSED_ON}
        upstream.request(self.command, self.path, body, {**headers, "Content-Length": str(len(body))})
        response = upstream.getresponse()
        data = response.read()
        upstream.close()
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in _NOT_PASSED_ON:
                self.send_header(name, value.replace(self.front.gcs.url, f"https://{STORAGE}"))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        return None

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, status: int, content: Mapping[str, Any]) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
