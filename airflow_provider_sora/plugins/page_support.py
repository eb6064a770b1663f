"""What the gallery's pages share: where they lie, in which language they speak, which headers they carry."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request

from airflow_provider_sora.pages.gallery_page import policy
from airflow_provider_sora.plugins.languages import language
from airflow_provider_sora.plugins.signed_links import origins
from airflow_provider_sora.words.page_words import words


def root_of(request: Request) -> str:
    """Path of this plugin, below whatever prefix a proxy puts before Airflow."""
    return str(request.scope.get("root_path", ""))


def airflow_of(request: Request) -> str:
    """Path of Airflow itself; blank where nothing stands before it."""
    return root_of(request).rpartition("/")[0]


def words_for(request: Request, lang: str) -> Mapping[str, str]:
    """The pages' words.

    :param lang: what the address asks for.
    """
    return words(language(lang, request.headers.get("accept-language", "")))


def headers() -> dict[str, str]:
    """Of a page."""
    return {
        "content-security-policy": policy(origins()),
        "cache-control": "no-store",
        "referrer-policy": "same-origin",
        "vary": "accept-language, cookie",
        "x-content-type-options": "nosniff",
    }
