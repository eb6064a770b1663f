"""Where every shot stands in the film, and what an edit list may not say."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.media.cut.checks import as_rate
from airflow_provider_sora.media.cut.edit import Caption, Card, Clip, Edit, Mark, Music
from airflow_provider_sora.media.cut.timeline import Facts, Span, Timeline, is_plain, place


def facts(seconds: float = 4, rate: int | Fraction = 24, size: tuple[int, int] = (1280, 720)) -> Facts:
    return Facts(Fraction(seconds), Fraction(rate), *size, has_sound=True)


def placed(*shots: Clip | Card, of: float = 4, **more: Any) -> Timeline:
    edit = Edit(shots, **more)
    return place(edit, [facts(of) if isinstance(shot, Clip) else None for shot in shots])


def test_shots_follow_one_another_and_a_dissolve_is_shared_by_two() -> None:
    film = placed(Card("Title", 1), Clip("a", 1, 3, blend=12), Clip("b"), rate=Fraction(24))
    assert [(shot.begin, shot.frames) for shot in film.shots] == [(0, 24), (24, 48), (60, 96)]
    assert [(piece.begin, piece.span, piece.into) for piece in film.pieces] == [
        (0, Span(0, 0, 24), None),
        (24, Span(1, 0, 36), None),
        (60, Span(1, 36, 12), Span(2, 0, 12)),
        (72, Span(2, 12, 84), None),
    ]
    assert film.frames == 156 and film.seconds == Fraction(13, 2)


def test_a_loop_ends_on_what_it_begins_behind() -> None:
    film = placed(Clip("a"), Clip("b"), loop=24)
    assert film.pieces[0].span == Span(0, 24, 72), "the film starts behind the frames that its end dissolves into"
    last = film.pieces[-1]
    assert (last.span, last.into, last.end) == (Span(1, 72, 24), Span(0, 0, 24), film.frames)
    assert film.frames == 96 + 96 - 24
    one = placed(Clip("a"), loop=12)
    assert one.pieces[-1].into == Span(0, 0, 12) and one.frames == 84


def test_pieces_leave_no_gap_and_samples_never_add_up() -> None:
    clips = [Clip("a", 0.5, 2.37, blend=number % 9) for number in range(200)]
    film = placed(*clips, Clip("a"), rate=Fraction(30000, 1001))
    assert all(one.end == two.begin for one, two in zip(film.pieces, film.pieces[1:], strict=False))
    for piece in film.pieces:
        exact = piece.begin * 48000 * Fraction(1001, 30000)
        assert abs(film.sample(piece.begin) - exact) <= Fraction(1, 2)


def test_size_and_rate_are_those_of_the_first_clip_or_as_asked() -> None:
    edit = Edit((Card("Title"), Clip("a"), Clip("b")))
    found = place(edit, [None, facts(rate=25, size=(853, 480)), facts(rate=30)])
    assert (found.rate, found.size) == (25, (852, 480))
    asked = placed(Clip("a"), size=(1080, 1920), rate=as_rate(29.97))
    assert (asked.rate, asked.size) == (Fraction(30000, 1001), (1080, 1920))


@pytest.mark.parametrize(
    ("shots", "more", "said"),
    [
        ((Clip("a", 5),), {}, "shot 1 (a) begins at 5 s, but its file is over at 4.000 s"),
        ((Clip("a"), Clip("b", 1, 4.5)), {}, "shot 2 (b) ends at 4.5 s, but its file is over at 4.000 s"),
        ((Clip("a", 0, 1, blend=12), Clip("b", 0, 1, blend=12), Clip("c")), {}, "shot 2 (b) has 24 frames, too few"),
        ((Clip("a", 0, 1),), {"loop": 12}, "shot 1 (a) has 24 frames, too few for 12"),
    ],
)
def test_what_does_not_fit_is_told_with_the_shots_number(shots: Any, more: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        placed(*shots, **more)
    assert said in str(raised.value) and "Nothing was paid." in str(raised.value) and "Next: " in str(raised.value)


NAN = float("nan")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Edit(()), "at least one clip"),
        (lambda: Edit((Card("Only words"),)), "at least one clip"),
        (lambda: Edit((Clip("a", blend=3),)), "a is the last shot"),
        (lambda: Edit((Clip("a"),), size=(1281, 720)), "size must be an even width and height"),
        (lambda: Edit((Clip("a"),), rate=Fraction(0)), "rate must be from 1 to 240"),
        (lambda: Edit((Clip("a"),), fit="stretch"), "fit must be one of pad, crop, blur"),  # type: ignore[arg-type]
        (lambda: Edit((Clip("a"),), focus=(0.5, 1.5)), "focus must be x and y from 0 to 1"),
        (lambda: Edit((Clip("a"),), loudness=3), "loudness must be from -40 to -5 LUFS"),
        (lambda: Edit((Clip("a"),), loop=-1), "loop must be a whole number of frames"),
        (lambda: Clip("a", -1), "start of a must be a number of at least 0"),
        (lambda: Clip("a", NAN), "start of a must be a number of at least 0"),
        (lambda: Clip("a", 2, 2), "end of a must be after its start, 2"),
        (lambda: Clip("a", blend=1.5), "blend of a must be a whole number"),  # type: ignore[arg-type]
        (lambda: Clip("a", gain_db=NAN), "gain_db of a must be"),
        (lambda: Card("  "), "the text of a card must be words"),
        (lambda: Card("Title", 0), "seconds of card 'Title' must be a number above 0"),
        (lambda: Caption(1, 1, "Hello"), "end of caption 'Hello' must be after its start, 1"),
        (lambda: Caption(0, 1, " "), "the text of a caption must be words"),
        (lambda: Music("m", fade_in=-1), "fade_in of the music must be"),
        (lambda: Mark(""), "the text of the mark must be words"),
        (lambda: Mark(corner="middle"), "corner of the mark must be one of"),  # type: ignore[arg-type]
        (lambda: Mark(opacity=0), "opacity of the mark must be above 0"),
        (lambda: as_rate("fast"), "rate must be frames a second"),
        (lambda: as_rate(True), "rate must be frames a second"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(make: Any, said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        make()
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("given", "rate"),
    [
        (24, Fraction(24)),
        ("25", Fraction(25)),
        (29.97, Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        (12.5, Fraction(25, 2)),
    ],
)
def test_rates_are_exact(given: object, rate: Fraction) -> None:
    assert as_rate(given) == rate


def test_only_whole_clips_one_after_the_other_are_copied() -> None:
    assert is_plain(Edit((Clip("a"), Clip("b"))))
    assert is_plain(Edit((Clip("a"), Clip("b")), captions=(Caption(0, 1, "Beside the film"),)))
    for edit in (
        Edit((Clip("a", 1), Clip("b"))),
        Edit((Clip("a", blend=2), Clip("b"))),
        Edit((Card("Title"), Clip("b"))),
        Edit((Clip("a"),), loop=3),
        Edit((Clip("a"),), music=Music("m")),
        Edit((Clip("a"),), mark=Mark()),
        Edit((Clip("a"),), loudness=-23.0),
        Edit((Clip("a"),), captions=(Caption(0, 1, "Drawn"),), burn_captions=True),
    ):
        assert not is_plain(edit)
