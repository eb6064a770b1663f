"""Reasons, and warnings of the prompt lint, in Japanese."""

from __future__ import annotations

#: By the reason's code, see :mod:`.reasons`; the same placeholders as there.
REASONS_JA: dict[str, str] = {
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
    "draft": "ショップで下書きになっている",
    "unpublished": "ショップで公開されていない",
    "out_of_stock": "在庫切れ",
    "hidden": "ショップで単独では表示されないバリエーションで、元の商品がこの表にない",
    "scientific": "sku が {sku} になっている: 表計算ソフトが長い番号を縮めたため、どの商品か分からない。"
    "列を文字列にして書き出し直すこと",
    "repeated": "列 {column} が複数ある。値のある最初のものを使う",
    "formula": "{column} が表計算の式のような書き出し: {cell}",
    "duplicate": "sku {sku}、市場 {market} は{row}行目に既にある",
    "blocked": "掲載できない語「{term}」を含む",
    "tone": "{category}に関する記事のため作成しない(語「{word}」)。作る場合は param tone_override に guid か"
    "リンクを指定",
    "unjudged": "記事の言語(指定: {language})を判定する語の一覧がないため作成しない。作る場合は param "
    "tone_override に guid かリンクを指定",
    "tone_brand": "商品の文に{category}に関する語「{word}」があり、スタイル {style} では作成しない",
    "photo_missing": "写真 {photo} がない",
    "photo_forbidden": "写真 {photo} を読む権限がない: 実行側のアカウントに権限を付ける",
    "photo_kind": "写真 {photo} は {kind}: JPEG、PNG、WebP の画像にする",
    "photo_damaged": "写真 {photo} が途中で切れているか壊れている({kind} として読めない)",
    "photo_animated": "写真 {photo} は{frames}コマの動画像: 1枚だけにする",
    "photo_pixels": "写真 {photo} は {pixels} 画素、上限 {limit} を超える: 小さくする",
    "photo_large": "写真 {photo} が上限の {limit} バイトを超える: 小さくする",
    "photo_private": "写真の場所 {photo} は公開されたアドレスでない: バケットに置く",
    "photo_insecure": "写真 {photo} が https:// のアドレスにない",
    "photo_waits": "写真 {photo} を今は読めない: 次回の実行で再試行",
    "photo_outside": "写真のパスがカタログのフォルダーの外を指す: その下のパスにする",
    "photo": "写真を使えない: {problem}",
    "refused": "使えない: {problem}",
    "error": "失敗({error}): {text}",
    "future": "日付が未来({published})。その時刻を過ぎたら対象",
    "old": "{hours}時間より古い({published})",
    "corrected": "訂正あり: 動画の作成後に本文が変わった",
    "same_prompt": "動画の作成後に本文が変わったが、映す内容は同じ",
    "taken": "作成済み: 以前の実行で対象になった。{folder}",
    "repeated_key": "同じ表の前の行に同じキーがある。項目ごとに別のキーが必要",
    "taken_now": "同時に走った別の実行が担当",
    "archived": "変更なし: この写真とこの文の動画は保管済み",
    "same": "{other} と写真も文も同じ: そちらを参照(1本を共用)",
    "given_up": "{runs}回試して1本も保管できなかったため中止。各回のページを確認し、写真か文を直すか、"
    "その行だけのカタログを force: true で実行",
    "jobs_used_up": "課金された{jobs}件のジョブから動画ができず、max_jobs_per_clip={limit} に達した"
    "ため中止。各回のページを確認し、写真か文を直すか、その行だけのカタログを force: true で実行",
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
}

#: By the head of the warning, the part before brackets and colon.
WARNINGS_JA: dict[str, str] = {
    "a bare noun": "名詞だけのプロンプト: 構図、動き、場所、光を書く",
    "several camera moves": "カメラの動きが複数{values}: 1本に1つ",
    "somebody turns to the camera": "カメラの方を向く動き: 顔が変わりやすい",
    "many people, or people touching": "大人数、または触れ合う人物: 手や顔が崩れやすい",
    "the style does not say what it must never illustrate": "スタイルに、描いてはならないものの指定"
    "(never_illustrate)がない",
    "several changes in one remix": "1回のリミックスに変更が複数{values}: 1つずつ重ねる",
}
