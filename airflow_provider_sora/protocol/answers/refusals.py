"""Refusals in the vendors' own words, by meaning. Data with sources; facts are as of November 2026.

A code decides. Words decide only where they keep a refused request from being sent and paid for again: a failed job
whose reason speaks of policy, safety or moderation, or of an empty account.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum


class Refusal(StrEnum):
    """What a refusal is about."""

    POLICY = "policy"
    QUOTA = "quota"
    KEY = "key"
    MODEL = "model"


#: Codes, types and reasons, lower case without ``_``, ``-``, ``.`` and blanks, so that one entry covers all spellings.
_CODES: dict[Refusal, tuple[str, ...]] = {
    Refusal.POLICY: (
        # OpenAI and Azure: a job's error.code and a refused create's code (Azure AI Foundry, content filtering).
        "moderation_blocked content_policy_violation content_filter content_filtered responsible_ai_policy_violation "
        "sentinel_block input_moderation output_moderation",
        # Google, Veo: finish and block reasons (ai.google.dev ContentFilter, Vertex AI responsible AI page).
        "PROHIBITED_CONTENT SAFETY BLOCKLIST RECITATION IMAGE_SAFETY RAI_FILTERED RAI_MEDIA_FILTERED SPII",
        # BytePlus and Volcengine ModelArk, Seedance (volcengine.com docs 82379/1099476).
        "InputTextSensitiveContentDetected InputImageSensitiveContentDetected InputVideoSensitiveContentDetected "
        "InputAudioSensitiveContentDetected OutputTextSensitiveContentDetected OutputImageSensitiveContentDetected "
        "OutputVideoSensitiveContentDetected OutputAudioSensitiveContentDetected InputTextRiskDetection "
        "InputImageRiskDetection OutputTextRiskDetection OutputImageRiskDetection SensitiveContentDetected",
        # Alibaba DashScope and Model Studio.
        "DataInspectionFailed data_inspection_failed InternalError.DataInspection",
        # Runway: a task's failureCode (docs.dev.runwayml.com, task failures); other SAFETY codes begin the same way.
        "SAFETY.INPUT.TEXT SAFETY.INPUT.IMAGE SAFETY.INPUT.VIDEO SAFETY.OUTPUT.TEXT SAFETY.OUTPUT.IMAGE "
        "SAFETY.OUTPUT.VIDEO INPUT_PREPROCESSING.SAFETY.TEXT",
        # Black Forest Labs (docs.bfl.ai) and gateways (new-api, evolink, WaveSpeed, UCloud modelverse).
        "request_moderated content_moderated content_moderation moderation sensitive_words_detected "
        "sensitive_check_error prompt_blocked policy_violation nsfw nsfw_content_detected content_violation",
    ),
    Refusal.QUOTA: (
        "insufficient_quota billing_hard_limit_reached billing_not_active",  # OpenAI
        "insufficient_user_quota pre_consume_token_quota_failed",  # new-api
        "budget_exceeded",  # LiteLLM
        "AccountOverdueError QuotaExceeded.Account",  # BytePlus, Volcengine
        "Arrearage CommodityNotPurchased PrepaidBillOverdue PostpaidBillOverdue",  # DashScope
        "insufficient_balance insufficient_credits insufficient_credit insufficient_funds insufficient_funds_error "
        "not_enough_credits payment_required",  # DeepSeek-type gateways, LTX, runblob, 402 by name
    ),
    Refusal.KEY: (
        # LiteLLM answers a bad key without a database with 400.
        "no_db_connection auth_error authentication_error invalid_api_key invalid_authentication "
        "invalid_proxy_server_token expired_key API_KEY_INVALID unauthorized",
    ),
    Refusal.MODEL: (
        "model_not_found DeploymentNotFound model_not_available InvalidEndpointOrModel.NotFound ModelNotOpen "
        "model_not_exist unknown_model invalid_model",
    ),
}

#: Numbers that say so only beside the vendor's own envelope; as bare codes they mean different things elsewhere, so
#: each counts only where its words agree (:data:`_WORDS`). Kling 1301, Zhipu and Z.ai 1301 (policy), 1113 (arrears),
#: Kling 1101 and 1102, MiniMax 1026 and 1027 (policy), 1008 (balance), WaveSpeed 1200 are all met by their words.
_WORDS: dict[Refusal, re.Pattern[str]] = {
    Refusal.POLICY: re.compile(
        r"moderat(?:ion|ed)|polic(?:y|ies)\b|usage guidelines|safety|sensitive (?:content|information|words?)"
        r"|(?:content|safety|prompt|output|input)[ _-]?filter|prohibited|nsfw|risk control|unsafe|harmful"
        r"|responsible ai|inappropriate|copyright|real person|guardrail|\u5ba1\u6838|\u654f\u611f|\u8fdd\u89c4",
        re.IGNORECASE,
    ),
    Refusal.QUOTA: re.compile(
        r"insufficient[ _-]?(?:\w+[ _-])?(?:quota|balance|credits?|funds?)|not enough (?:credits?|balance|quota)"
        r"|exceeded your current quota|(?:credits?|balance|quota) (?:is |are |has been )?(?:exhausted|depleted|used up)"
        r"|out of credits?|in arrears|arrearage|billing_hard_limit|budget has been exceeded"
        r"|resource pack (?:is )?depleted"
        r"|\u4f59\u989d\u4e0d\u8db3|\u6b20\u8d39",
        re.IGNORECASE,
    ),
}

_PREFIXES = {Refusal.POLICY: ("safety",)}


def _plain(code: str) -> str:
    return re.sub(r"[\s_.-]+", "", code).lower()


_BY_CODE = {
    _plain(code): kind for kind, groups in _CODES.items() for group in groups for code in group.split()
}  # fmt: skip


def by_code(codes: Iterable[str | None]) -> Refusal | None:
    """What the server's own codes and types say; None where they say none of these."""
    for code in codes:
        plain = _plain(code or "")
        if plain in _BY_CODE:
            return _BY_CODE[plain]
        for kind, prefixes in _PREFIXES.items():
            if plain.startswith(prefixes):
                return kind
    return None


def of_failure(code: str | None, reason: str) -> Refusal | None:
    """What a *failed job* was refused for. Its words count too: not to pay again for what is refused again is safe."""
    return by_code((code,)) or by_words(reason)


def by_words(text: str) -> Refusal | None:
    """What a reason speaks of. For failed jobs and for choosing between errors that are equally final, only."""
    return next((kind for kind, words in _WORDS.items() if words.search(text[:20_000])), None)
