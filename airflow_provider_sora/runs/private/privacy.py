"""What private columns mean for the clips that a run chooses: pseudonym, mark, and the row's public name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.campaigns.plan import Ad, Campaign
from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.runs.private.private_rows import PrivateRow
from airflow_provider_sora.runs.private.subjects import mark_of, read_secret, subject_of
from airflow_provider_sora.words.reasons import Reason, because, of_photo


@dataclass(frozen=True, slots=True)
class Privacy:
    """The private side of a campaign.

    :param params: of the run: where the table lies, and how it is read.
    """

    campaign: Campaign
    params: Mapping[str, Any]
    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, campaign: Campaign, params: Mapping[str, Any]) -> Privacy | None:
        """None where nothing is private.

        :raises ConfigurationError: there is no key; nothing was paid.
        """
        return cls(campaign, params, read_secret()) if campaign.private else None

    @property
    def hides_photo(self) -> bool:
        return self.campaign.photo in self.campaign.private

    def subject(self, key: str) -> str:
        """What stands for the person whom a row's key names."""
        return subject_of(self.secret, key)

    def mark(self, ad: Ad, look: str) -> str:
        """What stands for the person, the private cells and the private photo in a fingerprint.

        :param look: the photo's digest, and how it is fitted.
        """
        return mark_of(self.secret, ad.subject, look if self.hides_photo else "", *ad.cells)

    def row(self, ad: Ad) -> dict[str, Any]:
        """The argument ``private_row`` of the clip."""
        campaign = self.campaign
        return PrivateRow(
            subject=ad.subject,
            table=str(self.params["table"]),
            key_column=campaign.key,
            columns=campaign.private,
            encoding=self.params.get("encoding") or None,
            gcp_conn_id=self.params.get("gcp_conn_id") or None,
            photo_column=campaign.photo if self.hides_photo else None,
        ).to_json()

    def refused(self, error: SoraError) -> Reason:
        """Why a photo cannot be used; of a private one without its address, which may say whose it is."""
        return because("private_photo", error=type(error).__name__) if self.hides_photo else of_photo(error)
