"""Airflow provider for servers that speak the OpenAI Videos protocol (``/v1/videos``)."""

__version__ = "0.2.0"
