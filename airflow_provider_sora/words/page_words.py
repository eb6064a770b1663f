"""The pages' own words, in the languages that they speak."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from airflow_provider_sora.words.error_words import ERRORS_JA
from airflow_provider_sora.words.gallery_words import GALLERY_EN, GALLERY_JA
from airflow_provider_sora.words.reasons import Reason
from airflow_provider_sora.words.reasons_ja import REASONS_JA, WARNINGS_JA

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "lang": "en",
        "title": "Archived videos",
        "notice": "AI generated – unreviewed",
        "videos": "videos",
        "seconds": "seconds",
        "estimated": "estimated",
        "submitted": "jobs submitted",
        "unknown_price": "{n} without a price",
        "original": "Original",
        "create": "Original",
        "remix": "Remix",
        "variant": "Variant",
        "edit": "Edit",
        "extend": "Extension",
        "concat": "Final cut",
        "cut": "Film",
        "shape": "Other shape",
        "mark": "Marked copy",
        "made_from": "from",
        "receipt": "Receipt",
        "spritesheet": "Frames",
        "download": "Video",
        "prompt_hidden": "(prompt kept as a hash only)",
        "sound": "sound",
        "silent": "silent",
        "c2pa": "C2PA manifest",
        "unchecked": "kept unchecked: look at it before you use it",
        "failed": "Failed",
        "skipped": "Not made",
        "no_reason": "no reason given",
        "generated": "Made from receipts at",
        "none": "Nothing was archived.",
        "no_picture": "no preview",
        "cost_unknown": "cost unknown (no price for it in the connection, or no length)",
        "filter": "Filter by title, prompt, label …",
        "source": "Source",
        "row": "row",
        "unchanged": "Unchanged",
        "same": "Served by another row's clip",
        "later": "Left for a later run",
        "dry_run": "Dry run: nothing was submitted.",
        "planned": "Clips planned: {clips}, estimated cost: {cost}",
        "scene": "scene",
        "tone_override": "made by request",
        "variants": "variants",
        "missing": "not there yet",
        "run_page": "This run",
        "campaign": "campaign",
        "campaign_variant": "variant",
        "subject": "subject (keyed hash)",
        **GALLERY_EN,
    },
    "ja": {
        "lang": "ja",
        "title": "保管した動画",
        "notice": "AI生成・未確認",
        "videos": "本",
        "seconds": "秒",
        "estimated": "見積もり",
        "submitted": "送信したジョブ",
        "unknown_price": "単価不明 {n} 本",
        "original": "元の動画",
        "create": "元の動画",
        "remix": "リミックス",
        "variant": "バリエーション",
        "edit": "編集",
        "extend": "延長",
        "concat": "完成版",
        "cut": "映像作品",
        "shape": "別の縦横比",
        "mark": "表示入りコピー",
        "made_from": "元:",
        "receipt": "受領記録",
        "spritesheet": "コマ一覧",
        "download": "動画",
        "prompt_hidden": "(プロンプトはハッシュのみ保存)",
        "sound": "音声あり",
        "silent": "音声なし",
        "c2pa": "C2PA 来歴情報あり",
        "unchecked": "未検査のまま保管(使用前に要確認)",
        "failed": "失敗",
        "skipped": "作成しなかったもの",
        "no_reason": "理由の記載なし",
        "generated": "受領記録から作成:",
        "none": "保管した動画はありません。",
        "no_picture": "プレビューなし",
        "cost_unknown": "費用不明(接続に単価がないか、長さの指定なし)",
        "filter": "見出し・文・ラベルで絞り込み",
        "source": "出典",
        "row": "行",
        "unchanged": "変更なし",
        "same": "他の行の動画を共用",
        "later": "次回以降に回したもの",
        "dry_run": "予行: 何も送信していません。",
        "planned": "予定 {clips} 本、見積もり {cost}",
        "market": "市場",
        "brand": "ブランド",
        "desk": "担当",
        "language": "言語",
        "scene": "場面",
        "neutral": "中立",
        "tone_override": "指定により作成",
        "variants": "通りの案",
        "missing": "未作成",
        "run_page": "この回のページ",
        "campaign": "キャンペーン",
        "campaign_variant": "案",
        "subject": "対象者(鍵付きハッシュ)",
        # Kinds of stories, see ``prompts/tone``
        "death": "死",
        "violence": "暴力・戦争",
        "disaster": "災害・事故",
        "accusation": "犯罪・疑惑",
        "illness": "病気・医療",
        "minors": "未成年者",
        "unknown_language": "判定できない言語",
        **ERRORS_JA,
        **GALLERY_JA,
        "an SVG": "SVG",
        "a web page": "ウェブページ",
        "no picture that we know": "既知の画像でないもの",
        "empty": "空のファイル",
        "clip ad": "広告",
        "clip insert": "インサート",
        "clip remix": "リミックス",
        "clip base": "基本の動画",
        "clip first remix": "リミックス1",
        "clip second remix": "リミックス2",
    },
}

#: Values of reasons that are words of ours, and have theirs in the page's language.
_NAMED = {"category", "kind", "error"}
#: Reasons by their code, see :mod:`.reasons`, and warnings by their head. English ones come with the item itself.
_REASONS: dict[str, dict[str, str]] = {"ja": REASONS_JA}
_WARNINGS: dict[str, dict[str, str]] = {"ja": WARNINGS_JA}


def words(lang: str) -> Mapping[str, str]:
    """The page's words; an unknown language gets English."""
    return _WORDS.get(lang.split("-")[0].lower(), _WORDS["en"])


def clip_name(name: str, say: Mapping[str, str]) -> str:
    """What the page calls a clip of a DAG, such as ``insert``."""
    return say.get(f"clip {name}", name)


def reason_in(item: Mapping[str, Any] | Reason, say: Mapping[str, str]) -> str:
    """Why an item was not made: in the page's language where its reason has a code, else as it stands."""
    item = item.to_json() if isinstance(item, Reason) else item
    text = _REASONS.get(say["lang"], {}).get(str(item.get("code")))
    try:
        if not text:
            return str(item.get("reason") or item.get("error") or "")
        named = {
            name: say.get(str(item["values"][name]), item["values"][name]) for name in _NAMED & set(item["values"])
        }
        return text.format(**{**item["values"], **named})
    except KeyError:  # written by another version of this provider
        return str(item.get("reason") or "")


def label_in(value: str, say: Mapping[str, str]) -> str:
    """A label such as ``death: killed``, its first word in the page's language where that is one of ours."""
    name, mark, rest = value.partition(": ")
    return f"{say.get(name, name)}{mark}{rest}"


def warning_in(text: str, say: Mapping[str, str]) -> str:
    """A warning of the prompt lint in the page's language."""
    told = _WARNINGS.get(say["lang"], {}).get(re.split(r" \(|:", text)[0])
    values = re.search(r" \(.*?\)", text)
    return told.format(values=values[0] if values else "") if told else text
