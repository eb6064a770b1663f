"""Which texts may become an address on a page: a title, a label or a receipt may come from anybody."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

#: Where a clip's own files lie: the web, and the stores that a browser may know. Any other scheme may run code.
_OF_FILES = frozenset({"http", "https", "file", "gs", "s3", "s3a", "abfs", "abfss", "az", "adl", "wasb", "wasbs"})
#: An inlined thumbnail. Ours are no SVG, which could hold a script.
_INLINE = re.compile(r"data:image/(webp|png|jpeg);base64,", re.IGNORECASE)


def is_web_address(value: object) -> bool:
    """Whether a text from outside may become a link: ``http(s)`` with a host and no login, nothing else."""
    if not isinstance(value, str) or not value.lower().startswith(("http://", "https://")):
        return False
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and parts.username is None and value.isprintable() and " " not in value
    except ValueError:
        return False


def file_address(value: object) -> str:
    """The address of a clip's own file, relative or in a store; empty where it names no file."""
    if not isinstance(value, str) or not value.isprintable() or value != value.strip():
        return ""
    try:
        scheme = urlsplit(value).scheme
    except ValueError:
        return ""
    if scheme:
        return value if scheme in _OF_FILES else ""
    return "" if ":" in value.split("/")[0] else value  # a browser may know schemes that Python does not


def picture_address(value: object) -> str:
    """The address of a picture: a file's, or the picture itself."""
    return value if isinstance(value, str) and _INLINE.match(value) else file_address(value)


def language_tag(value: object) -> str:
    """A text's language, for those who have a page read to them; empty where it is no language tag."""
    text = str(value or "")
    return text if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text) else ""
