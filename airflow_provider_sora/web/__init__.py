"""Web addresses that others wrote: which hosts may be asked (:mod:`.guard`), and the one fetcher (:mod:`.fetch`).

A leaf: it knows no Airflow, no operator and no protocol, so every part that meets a stranger's address can use it.
"""
