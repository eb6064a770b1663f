"""How fast and how lean a film is cut, beside the ffmpeg command line: ``python -m benchmarks.cut [--rows …]``.

Every row cuts the same 720p clips after the same edit twice, one after the other and each in a process of its own: by
``media.cut``, and by an ``ffmpeg`` command with the same encoder settings. The ratio is of their wall times; speed is
how many times faster than it plays the film is made; memory is the process's peak. ``drift`` cuts ten minutes of clips
of other rates that flash and beep together, and says how far picture and sound are from where they belong at any cut.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

from airflow_provider_sora.media.cut.edit import Clip, Edit, Music
from airflow_provider_sora.media.cut.encode import Encoding

RATE, SIZE, SECONDS = 24, (1280, 720), 8
#: Of each clip what is used: with an in-point, so that nothing can be copied.
BEGIN, END = 0.5, 7.5
BLEND = 12
ROWS = ("cuts", "dissolves", "music")


def draw_clips(folder: Path, count: int) -> list[str]:
    """Clips of a moving test picture, as soft as a rendered one, in H.264 and AAC, as a server would give them."""
    import av

    paths = []
    for number in range(count):
        path = folder / f"clip{number}.mp4"
        paths.append(str(path))
        graph: Any = av.filter.Graph()
        source = graph.add("testsrc2", f"size={SIZE[0]}x{SIZE[1]}:rate={RATE}:duration={SECONDS}")
        soft, hue = graph.add("gblur", "sigma=2"), graph.add("hue", f"h={number * 40}")
        form, sink = graph.add("format", "yuv420p"), graph.add("buffersink")
        for one, two in ((source, soft), (soft, hue), (hue, form), (form, sink)):
            one.link_to(two)
        graph.configure()
        sound: Any = av.filter.Graph()
        tone = sound.add("sine", f"frequency={220 + 40 * number}:sample_rate=48000:duration={SECONDS}")
        stereo, out = sound.add("aformat", "sample_fmts=fltp:channel_layouts=stereo"), sound.add("abuffersink")
        tone.link_to(stereo)
        stereo.link_to(out)
        sound.configure()
        with av.open(str(path), "w") as file:
            video: Any = file.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "20"})
            video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
            audio: Any = file.add_stream("aac", rate=48_000, layout="stereo")
            for stream, taken in ((video, sink), (audio, out)):
                while True:
                    try:
                        frame = taken.pull()
                    except (EOFError, BlockingIOError):
                        break
                    if stream is video:
                        frame.pict_type = 0
                    file.mux(stream.encode(frame))
                file.mux(stream.encode(None))
    return paths


def edit_of(row: str, clips: list[str], music: str) -> Edit:
    blend = 0 if row == "cuts" else BLEND
    shots = [Clip(path, BEGIN, END, blend=blend if number < len(clips) - 1 else 0) for number, path in enumerate(clips)]
    return Edit(tuple(shots), music=Music(music, gain_db=-6) if row == "music" else None)


def seconds_of(row: str, clips: int) -> float:
    return (END - BEGIN) * clips - (0 if row == "cuts" else (clips - 1) * BLEND / RATE)


def ours(row: str, clips: list[str], music: str, target: str) -> None:
    from airflow_provider_sora.media.cut.film import cut_film

    cut_film(edit_of(row, clips, music), target)


def commands(row: str, clips: list[str], music: str, target: str) -> list[list[str]]:
    """The same edit in ffmpeg's own words; with music in two passes, as ours: measured first, then made louder."""
    encoding, length = Encoding(), END - BEGIN
    inputs = [word for path in clips for word in ("-ss", str(BEGIN), "-t", str(length), "-i", path)]
    last = len(clips) - 1
    parts = []
    if row == "cuts":
        parts.append("".join(f"[{n}:v][{n}:a]" for n in range(len(clips))) + f"concat=n={len(clips)}:v=1:a=1[v][a]")
    else:
        for n in range(last):
            at = (n + 1) * length - (n + 1) * BLEND / RATE
            one, two = ("0:v" if n == 0 else f"v{n}"), f"{n + 1}:v"
            heard, next_heard = ("0:a" if n == 0 else f"a{n}"), f"{n + 1}:a"
            v, a = ("v", "a") if n == last - 1 else (f"v{n + 1}", f"a{n + 1}")
            parts.append(f"[{one}][{two}]xfade=transition=fade:duration={BLEND / RATE}:offset={at}[{v}]")
            parts.append(f"[{heard}][{next_heard}]acrossfade=d={BLEND / RATE}:c1=qsin:c2=qsin[{a}]")
    sound, passes = "a", []
    if row == "music":
        inputs += ["-stream_loop", "-1", "-i", music]
        whole = seconds_of(row, len(clips))
        parts.append("[a]asplit[own][key]")
        fades = f"afade=t=in:d=1,afade=t=out:st={whole - 2}:d=2"
        parts.append(f"[{len(clips)}:a]aformat=channel_layouts=stereo,volume=-6dB,{fades}[bed]")
        parts.append("[bed][key]sidechaincompress=threshold=0.01:ratio=20:attack=50:release=600:mix=0.75[low]")
        parts.append("[own][low]amix=inputs=2:normalize=0:duration=first[mix]")
        sound = "mix"
        measure = [part for part in parts if "xfade=transition" not in part]
        passes.append(
            [*inputs, "-filter_complex", ";".join([*measure, "[mix]ebur128[out]"]), "-map", "[out]", "-f", "null", "-"]
        )
        parts.append("[mix]volume=3dB[loud]")
        sound = "loud"
    passes.append(
        [
            *inputs, "-filter_complex", ";".join(parts), "-map", "[v]", "-map", f"[{sound}]",
            "-c:v", "libx264", "-preset", encoding.preset, "-crf", str(encoding.crf), "-g", str(RATE * 2),
            "-c:a", "aac", "-b:a", str(encoding.sound_bits), "-movflags", "+faststart", target,
        ]
    )  # fmt: skip
    return [["ffmpeg", "-nostdin", "-v", "error", "-y", *words] for words in passes]


def measured(words: list[str]) -> dict[str, float]:
    """Run something in a process of its own: wall and processor seconds, and its peak in MB."""
    began = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{words[0]} ended with {process.returncode}")
    return {
        "wall": time.monotonic() - began,
        "processor": used.ru_utime + used.ru_stime,
        "megabytes": used.ru_maxrss / 1024,
    }


def compare(rows: list[str], count: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clips = draw_clips(Path(folder), count)
        for row in rows:
            whole = seconds_of(row, count)
            found: dict[str, list[dict[str, float]]] = {"ours": [], "ffmpeg": []}
            for _ in range(rounds):
                given = json.dumps([row, clips, clips[0], f"{folder}/ours.mp4"])
                found["ours"].append(measured([sys.executable, "-m", "benchmarks.cut", "--one", given]))
                if shutil.which("ffmpeg"):
                    runs = [measured(words) for words in commands(row, clips, clips[0], f"{folder}/ffmpeg.mp4")]
                    found["ffmpeg"].append(_together(runs))
            _tell(row, whole, {who: min(runs, key=lambda run: run["wall"]) for who, runs in found.items() if runs})


def _together(runs: list[dict[str, float]]) -> dict[str, float]:
    """Passes one after the other: their times add up, the larger peak counts."""
    return {
        name: max(run[name] for run in runs) if name == "megabytes" else sum(run[name] for run in runs)
        for name in runs[0]
    }


def _tell(row: str, whole: float, best: dict[str, dict[str, float]]) -> None:
    for who, run in best.items():
        print(
            f"{row:10} {who:7} {whole:6.1f} s of film in {run['wall']:6.1f} s: {whole / run['wall']:5.1f} times as "
            f"fast as it plays; processor {run['processor']:6.1f} s, peak {run['megabytes']:5.0f} MB",
            flush=True,
        )
    if "ffmpeg" not in best:
        print(f"{row:10} no ffmpeg on PATH: nothing to compare with")
        return
    wall, processor = (best["ours"][name] / best["ffmpeg"][name] for name in ("wall", "processor"))
    print(f"{row:10} ratio   {wall:.2f} of ffmpeg's wall time, {processor:.2f} of its processor time", flush=True)


def drift(minutes: float) -> None:
    """Cut flashing and beeping clips of other rates, and look where each flash and beep came out."""
    from airflow_provider_sora.media.cut.film import cut_film
    from tests.support.films import beeps, flashes, flashing

    with tempfile.TemporaryDirectory() as folder:
        clips = []
        forms = ({}, {"rate": 30, "size": (192, 96), "samples": 44_100}, {"rate": Fraction(24000, 1001)}, {"rate": 50})
        for number, form in enumerate(forms):
            path = Path(folder) / f"{number}.mp4"
            path.write_bytes(flashing(seconds=4, **form))  # type: ignore[arg-type]
            clips.append(str(path))
        count = round(minutes * 60 / 3.7)
        shots = [
            Clip(clips[n % 4], 0.1 + n % 3 * 0.037, 3.9, blend=0 if n % 4 or n == count - 1 else 6)
            for n in range(count)
        ]
        film = cut_film(Edit(tuple(shots), rate=Fraction(RATE)), f"{folder}/film.mp4")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        timeline = film.plan.timeline
        wanted = [
            float(placed.begin / RATE) + at - shot.start
            for placed, shot in zip(timeline.shots, shots, strict=True)
            for at in (0.5, 1.5, 2.5, 3.5)
        ]
        seen, heard = flashes(f"{folder}/film.mp4"), beeps(f"{folder}/film.mp4")
        print(f"drift: {float(timeline.seconds):.1f} s of film, {count} shots, {len(wanted)} flashes and beeps")
        if len(seen) != len(wanted) or len(heard) != len(wanted):
            raise SystemExit(f"found {len(seen)} flashes and {len(heard)} beeps")
        for name, pairs in (
            ("flash from its place", zip(seen, wanted, strict=True)),
            ("beep from its place", zip(heard, wanted, strict=True)),
            ("beep from its flash", zip(heard, seen, strict=True)),
        ):
            found = [one - two for one, two in pairs]
            third = max(1, len(found) // 3)
            print(
                f"drift: {name}: at most {max(map(abs, found)) * 1000:.1f} ms (a frame is {1000 / RATE:.1f}); "
                f"mean of the first third {_mean(found[:third]):.1f}, of the last {_mean(found[-third:]):.1f}"
            )
        print(f"drift: peak while it was cut {peak:.0f} MB")


def _mean(seconds: list[float]) -> float:
    """In milliseconds."""
    return sum(seconds) / len(seconds) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default=",".join(ROWS), help=f"of {', '.join(ROWS)}, drift")
    parser.add_argument("--clips", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=10.0, help="of the film of the row drift")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        ours(*json.loads(given.one))
        return
    rows = given.rows.split(",")
    compare([row for row in rows if row in ROWS], given.clips, given.rounds)
    if "drift" in rows:
        drift(given.minutes)


if __name__ == "__main__":
    main()
