"""Which scenes of a storyboard a run makes: those whose mark has no archived clip, and nothing else of the film."""

from __future__ import annotations

from dataclasses import asdict, replace

from airflow_provider_sora.exceptions import ConfigurationError, SoraError
from airflow_provider_sora.inputs.pictures.photo_address import photo_address
from airflow_provider_sora.protocol.submission import Reference, Submission, SubmitKind
from airflow_provider_sora.runs.budget import caps_left, limits_of, within
from airflow_provider_sora.runs.choosing.photos import PhotoDesk, picture_name
from airflow_provider_sora.runs.drafts import PriceList, note_items, planned_item
from airflow_provider_sora.runs.films.scene_marks import Mark, marks_of
from airflow_provider_sora.runs.films.waves import group_of
from airflow_provider_sora.runs.items import AFTER, CONTINUES, Choice, PlannedItem, Together
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.planned_film import Part, PlannedFilm
from airflow_provider_sora.runs.remembered.made import Markers
from airflow_provider_sora.runs.remembered.tally import Tally
from airflow_provider_sora.storyboards.contradictions import of_scene
from airflow_provider_sora.storyboards.scene_request import Asked, asked_of
from airflow_provider_sora.storyboards.shots import Film, Shot
from airflow_provider_sora.words.left_out import About, LeftOut
from airflow_provider_sora.words.reasons import Reason, because

#: Behind a picture of another shape.
_PAD = "#000000"
#: As much as the cut reads, in bytes.
_MAX_MUSIC = 256 << 20


def choose_film(run: PlannedRun, film: Film, *, waves: int) -> Choice:
    """What this run will make of the film, within its limits, kept in ``inputs.json`` with the whole film's order.

    :param run: params used: ``sora_conn_id``, ``model``, ``draft_model``, ``seconds`` and ``size`` where the film names
        none, ``max_cost_usd``, ``daily_budget_usd``, ``max_jobs_per_clip`` (paid jobs without a clip that a scene is
        given, over all runs).
    :param waves: how many groups the DAG has for scenes that continue each other.
    :raises UnsupportedByServerError: the server does not take what a scene asks for; nothing was paid.
    :raises InvalidRequestError: likewise of a length, a size or an address.
    :raises ConfigurationError: more scenes continue each other than the DAG has waves.
    """
    if film.waves > waves:
        raise ConfigurationError(
            f"In {film.title!r} up to {film.waves} scenes continue each other, but the DAG has {waves} waves.",
            step="raise the DAG's number of waves, or let a scene in between begin by itself.",
        )
    return _Choosing(run, film).choose()


class _Choosing:
    def __init__(self, run: PlannedRun, film: Film) -> None:
        self.run, self.film = run, film
        self.size = film.size or run.size
        self.prices = PriceList.of(run)
        self.photos = PhotoDesk(run, what="first_frame")
        self.skipped: list[LeftOut] = []

    def choose(self) -> Choice:
        run, film = self.run, self.film
        self.asked = self._asked()
        digests = self._digests()
        self.marks = marks_of(film, self.asked, digests, self.prices, self.size)
        archived = Markers(run.store, run.paths).archived()
        tally, cap = Tally(run.store, run.paths), run.max_jobs_per_clip
        first: dict[str, Shot] = {}
        drafts: list[Together] = []
        there = {shot.number for shot in film.shots if set(self.marks[shot.number].best_first) & archived}
        for shot in sorted(film.shots, key=lambda one: (film.wave(one), one.number)):
            mark = self.marks[shot.number]
            jobs = tally.jobs(mark.own)
            if shot.number in there:
                found = next(one for one in mark.best_first if one in archived)
                self._leave_out(shot, because("archived_scene", marker=found))
            elif first.setdefault(mark.own, shot) is not shot:
                self._leave_out(shot, because("same_scene", other=first[mark.own].told))
            elif cap is not None and jobs >= cap:
                self._leave_out(shot, because("jobs_used_up_scene", jobs=jobs, limit=cap))
            else:
                drafts.append(Together(mark.own, (self._item(shot, mark, None if cap is None else cap - jobs),)))
        fitting, others = within(drafts, limits_of(run), admit=self._admission(there), caps=caps_left())
        self.skipped += [one.left_out(why) for one, why in others]
        kept = run.keep(
            [item for one in fitting for item in one.items], self.skipped, source=film.source, film=self._film()
        )
        note_items(run, self.prices, {self._about(shot).key: self.marks[shot.number].own for shot in film.shots})
        return kept

    def _asked(self) -> dict[int, Asked]:
        """What each scene asks of the server, which takes all of it."""
        from airflow_provider_sora.hooks.sora import SoraHook

        hook = SoraHook(self.run.sora_conn_id)
        stands_in = Reference(data=b"\xff\xd8\xff", content_type="image/jpeg", file_name="reference.jpg")
        found = {}
        for shot in self.film.shots:
            asked = asked_of(self.film, shot, hook.dialect, conn_id=self.run.sora_conn_id, server=hook.server_name)
            try:
                hook.check(
                    Submission(
                        kind=SubmitKind.CREATE,
                        prompt=asked.prompt,
                        model=self.prices.model,
                        seconds=self.film.seconds_of(shot, self.prices.seconds),
                        size=self.size,
                        reference=stands_in if asked.photo or shot.after else None,
                        characters=asked.characters,
                        extra=asked.extra,
                    )
                )
                if asked.photo:
                    asked = replace(asked, photo=self._beside(asked.photo, "first_frame"))
            except SoraError as error:
                told = f"{shot.told.capitalize()} of {self.film.title!r}: {error.happened}"
                raise error.with_message(told, cost=error.cost, step=error.step) from error
            found[shot.number] = asked
        return found

    def _digests(self) -> dict[int, str]:
        """Of the pictures that scenes start from.

        :raises SoraError: one cannot be read: without it the film would have a hole that nobody planned.
        """
        wanted = {number: asked.photo for number, asked in self.asked.items() if asked.photo}
        read = self.photos.sha256(wanted.values(), keep=lambda photo, sha256: True)
        for number, photo in wanted.items():
            error = read[photo]
            if isinstance(error, SoraError):
                told = f"{self.film.shot(number).told.capitalize()} of {self.film.title!r}: {error.happened}"
                raise error.with_message(told, cost=error.cost, step=error.step) from error
        return {number: str(read[photo]) for number, photo in wanted.items()}

    def _about(self, shot: Shot) -> About:
        return About(
            f"{self.film.title}: {shot.key}", f"{shot.number:02} {shot.scene.action}", None, self.film.language
        )

    def _leave_out(self, shot: Shot, why: Reason) -> None:
        self.skipped.append(LeftOut(self._about(shot), why))

    def _item(self, shot: Shot, mark: Mark, left: int | None) -> PlannedItem:
        film, asked, scene = self.film, self.asked[shot.number], shot.scene
        seconds = film.seconds_of(shot, self.prices.seconds)
        prices = replace(self.prices, seconds=seconds)
        if prices.final is not None:
            prices = replace(prices, final=replace(prices.final, seconds=seconds))
        after = None if shot.after is None else film.shot(shot.after)
        item = planned_item(
            self.run,
            prices,
            identity=mark.own,
            readable=f"{shot.number:02} {shot.key}",
            about=self._about(shot),
            size=self.size,
            prompts={"prompt": asked.prompt},
            labels={
                "guid": self._about(shot).key,
                "film": film.title,
                "scene": shot.number,
                CONTINUES: after.told if after else None,
                "take": scene.take if scene.take > 1 else None,
                "fingerprint": mark.own,
            },
            also={
                "photo": asked.photo,
                "pad_color": _PAD,
                "extra_body": dict(asked.extra),
                "characters": list(asked.characters),
                "max_jobs": left,
                **({AFTER: list(self.marks[after.number].best_first)} if after else {}),
            },
            warnings=of_scene(film, shot, self.prices.seconds),
            final_fingerprint=mark.final,
        )
        picture = picture_name(item.key) if self.run.dry_run and asked.photo else None
        return replace(item, picture=picture, group=group_of(film.wave(shot)))

    def _admission(self, there: set[int]):  # type: ignore[no-untyped-def]
        """Whether a scene that fits can be made: its picture will do, and what it continues from is made, too."""
        numbers = {self.marks[shot.number].own: shot for shot in self.film.shots}
        made = {self.marks[number].own for number in there}

        def admit(one: Together) -> Reason | None:
            shot, item = numbers[one.identity], one.items[0]
            if shot.after is not None and self.marks[shot.after].own not in made:
                return because("no_beginning", scene=self.film.shot(shot.after).told)
            if item.clip.more["photo"] and (refused := self.photos.refuse(item)):
                return refused
            made.add(one.identity)
            return None

        return admit

    def _film(self) -> PlannedFilm:
        """The whole film's order, for the cut."""
        parts = (
            Part(
                shot.number,
                shot.told,
                self.marks[shot.number].best_first,
                self.film.seconds_of(shot, self.prices.seconds),
                0 if isinstance(shot.scene.transition, str) else shot.scene.transition.blend,
                tuple((line.who, line.says) for line in shot.scene.dialogue),
            )
            for shot in self.film.shots
        )
        cut = {**asdict(self.film.cut), "music": self._music()}
        return PlannedFilm(self.film.title, tuple(parts), self.film.language, cut)

    def _beside(self, named: str, what: str) -> str:
        """The address of a file that the storyboard names, which may lie beside it; with the connection that reads it.

        :raises InvalidRequestError: it names what a storyboard may not name.
        """
        conn_id = self.run.gcp_conn_id
        where = self.film.address or self.film.source
        return photo_address(named, where, gcp_conn_id=conn_id, what=what, file="the storyboard")

    def _music(self) -> str | None:
        """The address of what lies under the film, which may stand beside the storyboard; it can be read."""
        from airflow_provider_sora.inputs.sources.pictures import fetch

        if self.film.cut.music is None:
            return None
        try:
            address = self._beside(self.film.cut.music, "music")
            fetch(
                address,
                max_bytes=_MAX_MUSIC,
                timeout=60,
                conn_id=None,
                allow_private_hosts=False,
                what="music",
            )
        except SoraError as error:
            told = f"The cut of {self.film.title!r}: {error.happened}"
            raise error.with_message(told, cost=error.cost, step=error.step) from error
        return address
