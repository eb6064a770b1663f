"""The pages' own words, in the languages that they speak."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

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
        "made_from": "from",
        "receipt": "Receipt",
        "spritesheet": "Frames",
        "download": "Video",
        "prompt_hidden": "(prompt kept as a hash only)",
        "sound": "sound",
        "silent": "silent",
        "c2pa": "C2PA manifest",
        "failed": "Failed",
        "skipped": "Not made",
        "no_reason": "no reason given",
        "generated": "Made from receipts at",
        "none": "Nothing was archived.",
        "no_picture": "no preview",
        "cost_unknown": "no price known",
        "filter": "Filter by title, prompt, label …",
        "source": "Source",
        "row": "row",
        "unchanged": "Unchanged",
        "same": "Served by another row's clip",
        "later": "Left for a later run",
        "dry_run": "Dry run: nothing was submitted.",
        "planned": "Clips planned: {clips}, estimated cost: {cost}",
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
        "made_from": "元:",
        "receipt": "受領記録",
        "spritesheet": "コマ一覧",
        "download": "動画",
        "prompt_hidden": "(プロンプトはハッシュのみ保存)",
        "sound": "音声あり",
        "silent": "音声なし",
        "c2pa": "C2PA 来歴情報あり",
        "failed": "失敗",
        "skipped": "作成しなかったもの",
        "no_reason": "理由の記載なし",
        "generated": "受領記録から作成:",
        "none": "保管した動画はありません。",
        "no_picture": "プレビューなし",
        "cost_unknown": "単価不明",
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
        # Clips of the two DAGs
        "clip insert": "インサート",
        "clip remix": "リミックス",
        "clip base": "基本の動画",
        "clip first remix": "リミックス1",
        "clip second remix": "リミックス2",
    },
}

#: Reasons by their code, see ``planning/reasons.py``. English ones come with the item itself.
_REASONS: dict[str, dict[str, str]] = {
    "ja": {
        "untitled": "見出しも本文もなし",
        "damaged": "見出しに読めない文字がある(破損、または文字コードの誤り)",
        "unreadable": "読み取れない({problem})",
        "twice": "同じ記事がフィード内に2度ある(リンクか guid、および本文が同じ)",
        "same_story": "{feed} の「{title}」と同じ記事(リンクか guid、および本文が同じ)",
        "other_feed": "{feed} の「{title}」と同じ記事で本文が異なる。先のフィードを採用",
        "cut_off": "フィードが途中で切れている。そこまでは読み取り済み",
        "cut_article": "フィードが記事の途中で切れている。その記事は全文が届くまで保留",
        "not_modified": "新着なし: サーバーによれば変更なし(HTTP 304)",
        "no_object": "JSON のオブジェクトでない",
        "no_json": "JSON として読めない: {problem}",
        "no_csv": "{line}行目を CSV として読めない: {problem}",
        "cells": "セルが{cells}個、見出しは{columns}個",
        "empty": "空欄: {columns}",
        "formula": "{column} が表計算の式のような書き出し: {cell}",
        "duplicate": "sku {sku}、市場 {market} は{row}行目に既にある",
        "blocked": "掲載できない語「{term}」を含む",
        "future": "日付が未来({published})。その時刻を過ぎたら対象",
        "old": "{hours}時間より古い({published})",
        "corrected": "訂正あり: 動画の作成後に本文が変わった",
        "same_prompt": "動画の作成後に本文が変わったが、映す内容は同じ",
        "taken": "作成済み: 以前の実行で対象になった。{folder}",
        "taken_now": "同時に走った別の実行が担当",
        "archived": "変更なし: この写真とこの文の動画は保管済み",
        "same": "{other} と写真も文も同じ: そちらを参照(1本を共用)",
        "given_up": "{runs}回試して1本も保管できなかったため中止。各回のページを確認し、写真か文を直すか、"
        "その行だけのカタログを force: true で実行",
        "made_elsewhere": "その後の別の実行が作成済み({uri})。再送信なし",
        "max_items": "次回以降へ: 1回の上限 max_items={limit} に到達",
        "used_up": "次回以降へ: {limit} の残りが不足(この品 {usd})",
        "too_dear": "{usd} かかり、{limit}={usd_limit} では何度待っても作れない",
        "not_archived": "作成され課金済みだが未保管。保管タスクのログを参照",
        "stopped": "{video_id} として送信済み、タスクが理由を残さず停止。クリアすれば同じジョブを続行(再課金なし)",
        "not_made": "未作成: 元の動画が失敗したか、タスクが停止。タスクのログを参照",
        "backfill": "inputs.json のない過去分の実行(バックフィル)は何も作らない",
        "closed": "選定の前に後の実行({by})が締め切ったため、この回は何も作らない",
        "never_chose": "何も作らず、課金もなし: 選定の前に停止。{error}",
    },
}

#: Warnings of the prompt lint by their head, the part before brackets and colon.
_WARNINGS: dict[str, dict[str, str]] = {
    "ja": {
        "a bare noun": "名詞だけのプロンプト: 構図、動き、場所、光を書く",
        "several camera moves": "カメラの動きが複数{values}: 1本に1つ",
        "somebody turns to the camera": "カメラの方を向く動き: 顔が変わりやすい",
        "many people, or people touching": "大人数、または触れ合う人物: 手や顔が崩れやすい",
        "several changes in one remix": "1回のリミックスに変更が複数{values}: 1つずつ重ねる",
    },
}


def words(lang: str) -> Mapping[str, str]:
    """The page's words; an unknown language gets English."""
    return _WORDS.get(lang.split("-")[0].lower(), _WORDS["en"])


def clip_name(name: str, say: Mapping[str, str]) -> str:
    """What the page calls a clip of a DAG, such as ``insert``."""
    return say.get(f"clip {name}", name)


def reason_in(item: Mapping[str, Any], say: Mapping[str, str]) -> str:
    """Why an item was not made: in the page's language where its reason has a code, else as it stands."""
    text = _REASONS.get(say["lang"], {}).get(str(item.get("code")))
    try:
        return text.format(**item["values"]) if text else str(item.get("reason") or item.get("error") or "")
    except KeyError:  # written by another version of this provider
        return str(item.get("reason") or "")


def warning_in(text: str, say: Mapping[str, str]) -> str:
    """A warning of the prompt lint in the page's language."""
    told = _WARNINGS.get(say["lang"], {}).get(re.split(r" \(|:", text)[0])
    values = re.search(r" \(.*?\)", text)
    return told.format(values=values[0] if values else "") if told else text
