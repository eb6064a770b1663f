"""Bytes of a feed or catalogue as text, whatever encoding they are in and whatever is said of it.

``decode`` weighs what is declared against what the bytes read like; ``charsets`` knows the names; ``plausible`` judges
a reading by the letters of ``letters.toml``. What a document says of itself (a line of XML, a language) is looked up
by who reads the document: feeds and catalogues.
"""

from airflow_provider_sora.inputs.encoding.decode import UnclearEncodingError, decoded, read_as

__all__ = ["UnclearEncodingError", "decoded", "read_as"]
