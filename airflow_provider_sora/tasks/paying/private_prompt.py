"""The request of a video that private columns shape: filled here, sent, and kept nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from airflow_provider_sora.campaigns.template import read_template
from airflow_provider_sora.exceptions import ConfigurationError, SoraError
from airflow_provider_sora.inputs.pictures.photo_address import photo_address
from airflow_provider_sora.masking.discretion import LEFT_OUT
from airflow_provider_sora.protocol.submission import Submission, SubmitKind
from airflow_provider_sora.runs.private.private_rows import find_row, read_private_row
from airflow_provider_sora.runs.private.subjects import read_secret, seal_of
from airflow_provider_sora.tasks.paying.pictures import load_picture
from airflow_provider_sora.tasks.terms import read_picture

if TYPE_CHECKING:
    from airflow_provider_sora.inputs.catalogues.named_rows import NamedRow, NamedRows
    from airflow_provider_sora.protocol.submission import Reference
    from airflow_provider_sora.runs.private.private_rows import PrivateRow
    from airflow_provider_sora.tasks.terms import Terms


def private_submission(
    terms: Terms, private_row: object, *, model: str | None, reference_options: object = None
) -> Submission:
    """The request, with the row's private cells in its prompt and picture.

    :param reference_options: how a private picture is read and fitted; that of a public one stands in ``terms``.
    :raises ConfigurationError: no key, no such row, or a place that is blank; nothing was paid.
    :raises InvalidRequestError: its private picture cannot be used; nothing was paid.
    """
    wanted, secret = read_private_row(private_row), read_secret()
    template = read_template("prompt", terms.prompt)
    table, row = find_row(wanted, secret)
    known = {name: row.cells.get(name, "") for name in wanted.columns}
    blank = template.lacks(known)
    if blank:
        raise ConfigurationError(
            f"The row of subject {wanted.subject} has nothing to fill {', '.join(blank)} with.",
            step="fill the cell, or declare the column among private_columns.",
        )
    _mask(known)
    return Submission(
        kind=SubmitKind.CREATE,
        prompt=template.fill(known),
        model=model,
        seconds=terms.seconds,
        size=terms.size,
        reference=_picture(terms, wanted, table, row, reference_options),
        characters=terms.characters,
        extra=terms.extra_body,
        caption=template.shown,
        seal=seal_of(secret),
    )


def _mask(cells: dict[str, str]) -> None:
    """A net below all else: what any code of this process logs goes through Airflow's own masker."""
    from airflow.sdk.log import mask_secret

    for value in cells.values():
        mask_secret(value)


def _picture(terms: Terms, wanted: PrivateRow, table: NamedRows, row: NamedRow, options: object) -> Reference | None:
    if wanted.photo_column is None:
        return load_picture(terms.picture, terms.size)
    # Read like that of a public picture, whose place only says that there is one.
    fit = read_picture({"input_reference": "private", "reference_options": options})
    try:
        address = photo_address(row.cells.get(wanted.photo_column), table.address, gcp_conn_id=wanted.gcp_conn_id)
        found = load_picture(replace(fit, source=address), terms.size) if address and fit else None
    except SoraError as error:
        # Its words name the place, which may say whose picture it is; so may its cause.
        raise type(error)(
            f"The private picture of subject {wanted.subject} cannot be used ({type(error).__name__}; {LEFT_OUT}).",
            step=f"look at the cell {wanted.photo_column} of that row, and at what it names.",
        ) from None
    return None if found is None else replace(found, origin=None, file_name="reference")
