"""Where marks lie: Variables in Airflow's database, written here without asking a secrets backend.

``Variable.set`` would ask every secrets backend first whether it holds the same key. Marks are nobody's setting, so the
row is written as it is. The model is Airflow's own and not a declared interface: this is the only module that uses it.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_sora.webhooks.marks import Mark, key_of, outdated, prefix_of, read_keys

_SAYS = "A video server's webhook; airflow-provider-sora removes it by itself."


def leave(conn_id: str, mark: Mark) -> bool:
    """Leave a mark, and remove what is outdated; False where the same delivery left one before."""
    from airflow.models.variable import Variable
    from airflow.utils.session import create_session
    from sqlalchemy import delete, select

    with create_session() as session:
        begin = prefix_of(conn_id)
        keys = session.scalars(select(Variable.key).where(Variable.key.startswith(begin, autoescape=True))).all()
        marks = read_keys(conn_id, keys)
        if any(known.delivery == mark.delivery for known in marks.values()):
            return False
        key = key_of(conn_id, mark)
        session.add(_row(key))
        # Deleted by key, those that are gone already too: two API servers may clean up at once.
        if old := outdated({**marks, key: mark}, mark.at):
            session.execute(delete(Variable).where(Variable.key.in_(old)))
    return True


def _row(key: str) -> Any:
    from airflow.models.variable import Variable

    return Variable(key=key, val="", description=_SAYS)
