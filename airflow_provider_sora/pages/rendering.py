"""Pages from templates: the one place that knows Jinja. What is not there is an error, and all text is escaped."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING

from airflow_provider_sora.pages.safe_links import is_web_address

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: object) -> str:
    """A page, or a part of one.

    :param template: name of a file in ``pages/templates``.
    :param values: what it shows, ``say`` (its words) among them. A string is text, never HTML.
    :raises jinja2.UndefinedError: the template asks for a value that was not given.
    """
    return environment().get_template(template).render(values)


@cache
def environment() -> Environment:
    """The templates, loaded once a process; only what renders pages pays for importing Jinja.

    A name that is missing raises instead of leaving a hole, since nobody would see that a price or a reason is gone.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader("airflow_provider_sora.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    found.filters.update(usd=usd, short=short_id, source_hash=source_hash)
    found.tests["web_address"] = is_web_address
    return found


def usd(amount: float) -> str:
    """US dollars, with as many places as the amount needs."""
    return f"${amount:,.2f}" if amount >= 0.01 or amount == 0 else f"${amount:.4f}"


def short_id(video_id: str) -> str:
    """A video's id, its middle left out where it is long."""
    return video_id if len(video_id) <= 24 else f"{video_id[:14]}…{video_id[-6:]}"


def source_hash(name: str) -> str:
    """What a policy says to allow this very script or stylesheet and no other, by its file's name."""
    digest = hashlib.sha256(environment().get_template(name).render().encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
