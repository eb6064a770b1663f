"""Warnings about prompts that are known to disappoint. A warning stops nothing: it stands in the log and the index."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MOVES = {
    "pan": r"\bpan(s|ning)?\b|パン(?!ダ|フ)",
    "tilt": r"\btilt(s|ing)?\b|ティルト",
    "dolly": r"\b(dolly|dollies|push[- ]?in|pull[- ]?(back|out)|tracking)\b|ドリー|トラッキング",
    "zoom": r"\bzoom(s|ing)?\b|ズーム",
    "orbit": r"\b(orbit|arc|circl)(s|es|ing)?\b|回り込",
    "crane": r"\b(crane|jib) (shot|up|down|move)|\b(aerial|drone)\b|クレーン(ショット|アップ|ダウン)|空撮|ドローン",
    "handheld": r"\bhand-?held\b|手持ち",
}
_TURNING = (
    r"(turn|look|glance|face|smil|stare)\w*\s+(\w+\s+){0,3}(to|at|into|towards?)\s+the\s+(camera|lens|viewer)|"
    r"カメラ(目線|を見|を向|に向)|振り向"
)
_CROWD = (
    r"\b(crowds?|groups? of (people|men|women|children)|people (shak|hugg|danc|fight|talk)\w*|team (of|members)|"
    r"handshakes?|everyone)\b|群衆|人混み|大勢|人々が|握手"
)
_CHANGES = {
    "light": r"\b(light|lighting|sun|dusk|dawn|night|golden hour|colder|warmer|cooler)\b|光|照明|夕方|夜|色温度",
    "backdrop": r"\b(background|backdrop|setting|room|surface)\b|背景|部屋|舞台",
    "weather": r"\b(rain|snow|fog|storm)\w*\b|雨|雪|霧",
    "camera": r"\b(camera|angle|framing|close-?up|wide shot)\b|カメラ|構図|アングル",
    "subject": r"\b(replace|swap|add|remove)\w*\b|置き換え|加え|取り除",
}
_QUOTES = re.compile(r"[“「].*?[”」]", re.DOTALL)


def lint_prompt(prompt: str) -> list[str]:
    """Warnings for the prompt of a create. What is quoted is not looked at: it is not ours to change."""
    text = _QUOTES.sub(" ", prompt)
    warnings = []
    words = re.findall(r"[A-Za-z]+|[\u3041-\u30ff\u3400-\u9fff]", text)
    if len(words) < 6:
        warnings.append("a bare noun: say the shot, what happens, where and in which light")
    moves = _found(_MOVES, _affirmed(text))
    if len(moves) > 1:
        warnings.append(f"several camera moves ({', '.join(moves)}): one per clip")
    if re.search(_TURNING, text, re.IGNORECASE):
        warnings.append("somebody turns to the camera: faces change when they do")
    if re.search(_CROWD, _affirmed(text), re.IGNORECASE):
        warnings.append("many people, or people touching: hands and faces melt")
    return warnings


def lint_remix(change: str) -> list[str]:
    """Warnings for the change of a remix (its own words, without what is to be kept)."""
    kinds = _found(_CHANGES, _affirmed(_QUOTES.sub(" ", change)))
    if len(kinds) > 1:
        return [f"several changes in one remix ({', '.join(kinds)}): make one, then remix that"]
    return []


def _found(patterns: dict[str, str], text: str) -> list[str]:
    return [name for name, pattern in patterns.items() if re.search(pattern, text, re.IGNORECASE)]


def _affirmed(text: str) -> str:
    """The text without its clauses that say what is not to be."""
    clauses: Iterable[str] = re.split(r"[.,;。、\n]", text)
    return "\n".join(
        c for c in clauses if not re.search(r"\b(no|not|without|never)\b|ない|なし|せず", c, re.IGNORECASE)
    )
