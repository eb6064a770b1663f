"""Terms are found as whole words in all their forms, in every way in which headlines are written."""

from __future__ import annotations

import subprocess
import sys

import pytest

from airflow_provider_sora.prompts.scenes import news_scene
from airflow_provider_sora.prompts.style import PARTS, style_from
from airflow_provider_sora.prompts.tone import japanese
from airflow_provider_sora.prompts.tone.judge import judge
from airflow_provider_sora.prompts.tone.word_lists import Reading, find_term


@pytest.mark.parametrize(
    ("text", "terms", "found"),
    [
        ("SUICIDE attempt", ["suicide"], "suicide"),
        ("Suicidebridge", ["suicide"], None),
        ("Massacres remembered", ["massacre"], "massacre"),
        ("Massacred", ["massacre"], "massacre"),
        ("They were massacring", ["massacre"], "massacre"),
        ("Two crashes", ["crash"], "crash"),
        ("Robberies fall", ["robbery"], "robbery"),
        ("He robbed them", ["rob"], "rob"),
        ("Robert robes", ["rob"], None),
        ("Stabbed, shot", ["stab"], "stab"),
        ("Man shot", ["shoot"], "shoot"),
        ("Thieves stole it", ["thief"], "thief"),
        ("A day of delays", ["delay"], "delay"),
        ("Child-abuse inquiry", ["child abuse"], "child abuse"),
        ("child\u2011abuse", ["child abuse"], "child abuse"),
        ("The child’s abuse", ["child abuse"], "child abuse"),
        ("ｓｕｉｃｉｄｅ", ["suicide"], "suicide"),
        ("“Suicide”", ["suicide"], "suicide"),
        ("3suicides", ["suicide"], "suicide"),
        ("#SuicideWatch", ["suicide"], "suicide"),
        ("L'été tué", ["tue"], "tue"),
        ("Busunglück", ["*unglück"], "*unglück"),
        ("Robot aids farmers", ["AIDS"], None),
        ("World AIDS Day", ["AIDS"], "AIDS"),
        ("ﾃﾛ事件", ["テロ"], "テロ"),
        ("桜井市の朝", ["桜"], None),
        ("桜の朝", ["桜"], "桜"),
        ("爆笑の夜", ["爆"], None),
        ("殺された男性", ["殺す"], "殺す"),
        ("男性が殺害される", ["殺す"], None),
        ("3人死亡", ["死亡"], "死亡"),
        ("児童虐待の相談", ["児童虐待"], "児童虐待"),
        ("anything", ["", " "], None),
        ("", ["x"], None),
    ],
)
def test_find_term(text: str, terms: list[str], found: str | None) -> None:
    assert find_term(text, terms) == found


def test_what_is_found_is_told_as_it_stands() -> None:
    (found,) = Reading("“KILLED” – twice").find(["kill"])
    assert (found.term, found.word) == ("kill", "KILLED")


def test_a_long_text_is_read_to_its_end() -> None:
    (found,) = Reading("静かな朝。" * 10_000 + "3人死亡").find(["死亡"])
    assert (found.word, found.start) == ("死亡", 50_002)


def test_a_phrase_ends_with_its_line() -> None:
    assert judge("Arsenal kill off\nrivals", "en") is not None
    assert judge("Arsenal kill off rivals", "en") is None


def test_without_the_dictionary_the_careful_side_is_taken(monkeypatch, caplog) -> None:
    japanese._tokenizer.cache_clear()
    monkeypatch.setitem(sys.modules, "sudachipy", None)
    try:
        # A word that a story must not hold counts anywhere, and no Japanese word chooses a scene.
        assert judge("桜井市で火災", "ja") is not None and find_term("桜井市", ["桜"]) == "桜"
        parts = dict.fromkeys(PARTS, "x")
        scenes = [{"name": "blossom", "match": ["桜", "cherry"], "en": {"light": "x"}}]
        style = style_from({"defaults": {"en": parts, "ja": parts}, "scenes": scenes}, "mine")
        assert news_scene(style, "桜の朝", "", "ja").told == "neutral"
        assert news_scene(style, "Cherry harvest", "", "en").told == "blossom: Cherry"
        assert "airflow-provider-sora[feeds]" in caplog.text and len(caplog.records) == 1
    finally:
        japanese._tokenizer.cache_clear()


def test_a_dag_file_pays_for_no_dictionary() -> None:
    code = (
        "import sys, airflow_provider_sora.runs.choosing.news; print('sudachipy' in sys.modules, 'yaml' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == "False"
