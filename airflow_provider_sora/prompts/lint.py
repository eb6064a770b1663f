"""Warnings about prompts that are known to disappoint.

A warning stops nothing: it stands in the log of the task that chose the item, in ``inputs.json`` and on the dry run's
page.
"""

from __future__ import annotations

import re

from airflow_provider_sora.prompts.prompt import CLOSING
from airflow_provider_sora.prompts.style import Style

_SLOWLY = r"(\w+ly\s+)?"
_CAMERA = rf"\bcamera:?\s+{_SLOWLY}"
#: Many words for moves name things too: a frying pan, the truck, a pedestal. So they count only beside a way, a manner
#: or the camera, and not behind an article.
_VERB = r"(?<!\ba )(?<!\bthe )(?<!frying )\b"
_MOVES = {
    "pan": rf"\bpanning\b|{_VERB}pan(s|ned)?\s+{_SLOWLY}(left|right|up|down|across|along|over|past|from|to\w*)\b|"
    rf"\b(slow|quick|fast|whip|gentle|smooth|steady|long)\s+pan\b|{_CAMERA}pans?\b|"
    r"パン(し(て|た|ながら)|する|アップ|ダウン|ショット)|([左右横][にへ]?|カメラ[^。、\n]{0,12}|ゆっくりと?)パン(?![をがの屋ダ])",
    "tilt": r"\btilt(s|ing)?\b|ティルト|チルト",
    "dolly": r"\b(dolly|dollies|push(es)?[- ]?in|pulls?[- ]?(back|out)|tracking)\b|ドリー|トラッキング",
    "truck": rf"{_VERB}truck(s|ing)?\s+{_SLOWLY}(left|right)\b|\btruck(ing)? shot\b|{_CAMERA}trucks?\b|"
    r"トラック(ショット|レフト|ライト)",
    "pedestal": rf"{_VERB}pedestal(s|ing)?\s+{_SLOWLY}(up|down)\b|{_CAMERA}pedestals?\b|ペデスタル(アップ|ダウン)",
    "roll": rf"{_VERB}roll(s|ing)?\s+{_SLOWLY}(counter-?)?(left|right|clockwise)\b|{_CAMERA}rolls?\b|"
    r"\b(dutch|barrel) roll\b|カメラ[^。、\n]{0,8}(ロール|回転)",
    "zoom": r"\bzoom(s|ing)?\b(?! lens)|ズーム(?!レンズ)",
    "orbit": rf"\b(orbit|arc|circl)(e|s|es|ing)?\s+{_SLOWLY}(around|round|shot|left|right)\b|"
    rf"{_CAMERA}(orbit|arc|circle)s?\b|回り込",
    "crane": r"\b(crane|jib) (shot|up|down|move)|\b(aerial|drone)\b|クレーン(ショット|アップ|ダウン)|空撮|ドローン",
    "handheld": r"\bhand-?held\b|手持ち",
}
_TURNING = (
    r"\b((turn|look|glanc|gaz|smil|star(e|ing)|wav(e|ing))\w*\s+(\w+\s+){0,3}(to|at|into|towards?)|fac(e|es|ing)(\s+\w+ly)?)"
    r"\s+(the\s+|our\s+)?(camera|lens|viewer|audience)\b|"
    r"カメラ(目線|(の方|のほう)?[をにへ]?(見|向|振|視線|目線|微笑|笑))|こちらを(見|向)|振り[向返]"
)
_PEOPLE = (
    r"(people|persons|men|women|children|kids|boys|girls|friends|couples?|family|families|colleagues|students|workers|"
    r"players|dancers|tourists|shoppers|passengers|commuters|soldiers|protesters)"
)
_CROWD = (
    rf"\b(crowds?|groups? of {_PEOPLE}|team (of|members)|handshakes?|everyone)\b|"
    rf"\b{_PEOPLE}\s+(\w+\s+){{0,2}}(hug|embrac|kiss|shak|argu|fight|danc|wrestl|talk|chat|meet|greet|gather|cheer)|"
    r"\b(three|four|five|six|seven|eight|nine|ten|dozens of|hundreds of|several|many|[3-9]|\d\d+)\s+(\w+\s+)?"
    rf"{_PEOPLE}\b|"
    r"群衆|人混み|人だかり|大勢|人々が|多くの人|握手|抱き合|抱擁|ハグ|言い争|口論|殴り合|"
    r"([三四五六七八九十数3-9３-９]|\d\d+)人(?!掛|乗|用|前|分)"
)
#: How near and from where a clip is framed. A word for the same thing in other words stands in one pattern.
_SIZES = {
    "wide shot": r"\b(wide|long|establishing|full)([- ]angle)?([- ]establishing)? shot\b|"
    r"(?<!超)ワイドショット|ロングショット|全景|フルショット",
    "medium shot": r"\b(medium|mid|waist|cowboy)([- ](wide|close))? shot\b|"
    r"ミディアム|ミドルショット|バストショット|ウエストショット",
    "close-up": r"\bclose-?ups?\b|(?<!medium[- ])\bclose shot\b|\bmacro shot\b|"
    r"クローズアップ|アップショット|大写し|接写",
}
_VIEWS = {
    "low angle": r"\blow[- ]angle\b|\bworm'?s[- ]eye\b|\bfrom below\b|ローアングル|あおり|下から見上げ",
    "high angle": r"\bhigh[- ]angle\b|ハイアングル|俯瞰(?!図)",
    "overhead": r"\b(overhead (shot|view)|top[- ]down|bird'?s[- ]eye)\b|真上から|真俯瞰",
    "eye level": r"\beye[- ]level\b|目の高さ|アイレベル",
    "over the shoulder": r"\bover[- ](the|her|his|their)[- ]shoulder\b|肩越し",
    "point of view": r"\bpoint[- ]of[- ]view (shot|of)\b|\bPOV\b|主観(ショット|映像|視点)",
}
_CUT = (
    r"\b((cuts?|cutting|switch(es)?|switching) (back )?(to|between) (a|an|the|her|his|their)|"
    r"jump[- ]cuts?|intercut|reverse (shot|angle)|"
    r"then (a|an|the) ([\w-]+ )?(shot|close-?up|angle))\b|"
    r"(カット|アングル|ショット)(が|を)?(切り?替|変わ|変え)|カットバック|切り返し|次のカット|別のアングル"
)
#: One move may lead from one size to another: that is no second angle.
_FROM_TO = r"\bfrom [^.,;\n]{0,40}\b(to|into)\b|から[^。、\n]{0,20}(へ|まで)"
_CHANGES = {
    "light": r"\b(light|lighting|sun|dusk|dawn|night|golden hour|colder|warmer|cooler)\b|光|照明|夕方|夜|色温度",
    "backdrop": r"\b(background|backdrop|setting|room|surface)\b|背景|部屋|舞台",
    "weather": r"\b(rain|snow|fog|storm)\w*\b|雨|雪|霧",
    "camera": r"\b(camera|angle|framing|close-?up|wide shot)\b|カメラ|構図|アングル",
    "subject": r"\b(replace|swap|add|remove)\w*\b|置き換え|加え|取り除",
}
_COLOUR = r"(red|orange|yellow|green|blue|purple|pink|brown|black|white|gr[ea]y|gold|silver|beige|navy|teal|cream)"
_COLOUR_JA = r"(赤|橙|黄色?|緑|青|紫|茶色?|黒|白|灰色|金色?|銀色?|紺|ピンク|ベージュ)[いくに]"
_TWICE = {
    # Two things with a colour each; "red and gold stripes" is one thing.
    "two colours": rf"\b{_COLOUR}\s+((\w+\s+)+and\s+(\w+\s+)*?|and\s+(\w+\s+)+?){_COLOUR}\b|"
    rf"{_COLOUR_JA}[^。\n]{{0,20}}?[、と][^。\n]{{0,20}}?{_COLOUR_JA}",
    "two verbs": r"\b(make|turn|change|replace|swap|add|remove|move|put|place)\b.*\band\s+"
    r"(make|turn|change|replace|swap|add|remove|move|put|place)\b|(変え|替え|加え|足し|消し|動かし).*(変え|替え|加え|足し|消し|動かす)",
}
_QUOTES = re.compile(r"[“「].*?[”」]", re.DOTALL)
_LABEL = re.compile(r"^[^:\n]{1,40}: |^.*: *$", re.MULTILINE)
#: How many different words a prompt needs at least.
_WORDS = 6


def lint_prompt(prompt: str) -> list[str]:
    """Warnings for the prompt of a create. What is quoted is not looked at: it is not ours to change."""
    text = _QUOTES.sub("", prompt)
    for closing in CLOSING.values():
        text = text.replace(closing, "")
    asked = _affirmed(text)
    warnings = []
    if _different_words(text) < _WORDS:
        warnings.append("a bare noun: say the shot, what happens, where and in which light")
    moves = _found(_MOVES, asked)
    if len(moves) > 1:
        warnings.append(f"several camera moves ({', '.join(moves)}): one per clip")
    if re.search(_TURNING, asked, re.IGNORECASE):
        warnings.append("somebody turns to the camera: faces change when they do")
    if re.search(_CROWD, asked, re.IGNORECASE):
        warnings.append("many people, or people touching: hands and faces melt")
    return warnings


def lint_scene(prompt: str) -> list[str]:
    """Warnings for the prompt of a film's scene: those of any create, and several angles in one clip."""
    asked = _affirmed(_QUOTES.sub("", prompt))
    sizes = [] if re.search(_FROM_TO, asked, re.IGNORECASE) and _found(_MOVES, asked) else _found(_SIZES, asked)
    views = _found(_VIEWS, asked)
    angles = (sizes if len(sizes) > 1 else []) + (views if len(views) > 1 else [])
    angles += ["a cut"] if re.search(_CUT, asked, re.IGNORECASE) else []
    more = [f"several angles ({', '.join(angles)}): one per scene, so make it two"] if angles else []
    return lint_prompt(prompt) + more


def lint_style(style: Style) -> list[str]:
    """Warnings for what a style leaves open, whatever the item."""
    if style.never_illustrate is None:
        return [f"the style does not say what it must never illustrate: give {style.name} a list never_illustrate"]
    return []


def lint_remix(change: str) -> list[str]:
    """Warnings for the change of a remix (its own words, without what is to be kept)."""
    text = _QUOTES.sub("", change)
    kinds = _found(_CHANGES, _affirmed(text))
    if len(kinds) < 2:
        kinds = _found(_TWICE, text)
    return [f"several changes in one remix ({', '.join(kinds)}): make one, then remix that"] if kinds else []


def _different_words(text: str) -> float:
    """Different words without the labels: a prompt whose every part is "mug" says no more than "mug"."""
    said = _LABEL.sub("", text).lower()
    # Two Japanese characters make about a word.
    return len(set(re.findall(r"[a-z]+", said))) + len(set(re.findall(r"[\u3041-\u30ff\u3400-\u9fff]", said))) / 2


def _found(patterns: dict[str, str], text: str) -> list[str]:
    return [name for name, pattern in patterns.items() if re.search(pattern, text, re.IGNORECASE)]


def _affirmed(text: str) -> str:
    """The text without its clauses that say what is not to be."""
    clauses = re.split(r"[.,;。、\n]", text)
    return "\n".join(
        c for c in clauses if not re.search(r"\b(no|not|without|never|nobody)\b|ない|なし|せず", c, re.IGNORECASE)
    )
