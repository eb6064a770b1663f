"""A small film that has a bit of everything, and what the tests change in it."""

from __future__ import annotations

FILM = """\
title: A walk
seconds: 4
preset: {theme: A quiet film, avoid: No logos.}
characters:
  Mika: {look: a girl in a red coat, picture: "https://cdn.example/mika.png", ids: {studio: char_1}}
scenes:
  - id: gate
    action: Mika opens a garden gate
    characters: [Mika]
    camera: Wide shot, slow dolly in
    transition: {blend: 12}
  - action: Mika walks down the path
    camera: Wide shot, static
    continue_from: gate
  - action: 911
    environment: A street in the evening
    light: Soft light from one side
    continue_from: 2
"""
JAPANESE = """\
title: 散歩
language: ja
preset: {avoid: ロゴは映さない。}
characters:
  美香: {look: 赤いコートの少女}
scenes:
  - action: 美香が庭の門を開ける
    characters: [美香]
    camera: ワイドショット、ゆっくりドリーイン
    dialogue: [{who: 美香, says: ただいま}, {says: おかえり}]
"""
