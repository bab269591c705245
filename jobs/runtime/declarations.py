"""Tags, audiences, policy: read out of conf/, checked against each other, or refused with file and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from features.audience import Audience, AudienceFile, check_audience
from features.care_alerts import CareAlert
from features.care_events import CareEvent
from features.identity_rules import IdentityRules
from features.member_points import MemberPoints
from features.policy import Policy
from features.rule import RuleError, nearest, segments_asked_for
from features.segment import CircleError, Segment, SegmentFile, SegmentViews, check_segment, in_order
from features.symptoms import SymptomWords
from features.tag import Tag
from features.tag_phrase import TagPhrase
from features.triggers import Trigger, not_of_one_user, trigger_tags
from features.value_tiers import ValueTiers
from jobs.runtime.calibration.in_force import InForce
from jobs.runtime.conf_file import ConfError, ConfFile, load
from jobs.runtime.tag_texts import read_exactly

LAYERS = ("basic", "need", "behaviour", "value")


def load_tags(conf: Path, in_force: InForce | None = None) -> tuple[Tag, ...]:
    """Every tag of conf/tags/<layer>/<theme>.yml, by code; all mistakes in all files are told at once.

    `in_force` are the calibrated numbers of a day: whoever derives tags says them, who asks for codes need not.
    """
    mistakes: list[str] = []
    seen: dict[str, str] = {}
    tags: list[Tag] = []
    for path in _tag_files(conf / "tags"):
        try:
            source = ConfFile(path, in_force.tag_file(path, read_exactly(path)) if in_force else None)
            found = source.to(list[Tag])
        except ConfError as error:
            mistakes.append(str(error))
            continue
        for i, tag in enumerate(found):
            here = f"{path}, line {source.line((i, 'code'))}"
            if tag.layer != path.parent.name:
                mistakes.append(source.wrong((i, "code"), f"a code that begins with {path.parent.name}.", tag.code))
            if tag.code in seen:
                mistakes.append(source.wrong((i, "code"), f"a code of its own ({seen[tag.code]} has it)", tag.code))
            seen[tag.code] = here
            tags.append(tag)
    if mistakes:
        raise ConfError("\n".join(mistakes))
    return tuple(sorted(tags, key=lambda t: t.code))


def tag_themes(conf: Path) -> dict[str, str]:
    """The theme of each tag: the name of the file it is declared in."""
    return {str(entry["code"]): p.stem for p in _tag_files(conf / "tags") for entry in ConfFile(p).data or ()}


def load_tag_phrases(conf: Path, tags: Sequence[Tag]) -> tuple[TagPhrase, ...]:
    """conf/tag_phrases.yml: each phrase once, and no tag that does not exist."""
    source = ConfFile(conf / "tag_phrases.yml")
    phrases = source.to(list[TagPhrase])
    codes, said = {t.code for t in tags}, [p.zh for p in phrases]
    source.refuse([
        *(source.wrong((i, "zh"), "each phrase once", zh) for i, zh in enumerate(said) if zh in said[:i]),
        *(source.wrong((i, "tags"), "codes of tags" + nearest(code, codes), code)
          for i, p in enumerate(phrases) for code in p.tags if code not in codes),
    ])  # fmt: skip
    return tuple(phrases)


def load_policy(conf: Path) -> Policy:
    """conf/policy.yml."""
    return load(conf / "policy.yml", Policy)


def load_value_tiers(conf: Path, in_force: InForce | None = None) -> ValueTiers:
    """conf/value_tiers.yml, with the calibrated shares of a day where they are given."""
    path = conf / "value_tiers.yml"
    return ConfFile(path, in_force.value_tiers(read_exactly(path)) if in_force else None).to(ValueTiers)


def load_member_points(conf: Path) -> MemberPoints:
    """conf/member_points.yml."""
    return load(conf / "member_points.yml", MemberPoints)


def load_identity_rules(conf: Path) -> IdentityRules:
    """conf/identity.yml."""
    return load(conf / "identity.yml", IdentityRules)


def load_symptoms(conf: Path) -> SymptomWords:
    """conf/symptoms.yml."""
    return load(conf / "symptoms.yml", SymptomWords)


def load_care_alerts(conf: Path) -> tuple[CareAlert, ...]:
    """conf/care_alerts.yml; each kind once."""
    source = ConfFile(conf / "care_alerts.yml")
    alerts = source.to(list[CareAlert])
    kinds = [a.kind for a in alerts]
    source.refuse(
        [source.wrong((i, "kind"), "each kind once", k) for i, k in enumerate(kinds) if k in kinds[:i]],
    )
    return tuple(alerts)


def load_care_events(conf: Path, tags: Sequence[Tag]) -> tuple[CareEvent, ...]:
    """conf/care_events.yml: each cause is a tag that there is, and begins each kind once."""
    source = ConfFile(conf / "care_events.yml")
    events = source.to(list[CareEvent])
    codes, seen, mistakes = {t.code for t in tags}, set[tuple[str, str]](), list[str]()
    for i, event in enumerate(events):
        for j, cause in enumerate(event.causes):
            place = (i, "causes", j)
            if cause not in codes:
                mistakes.append(source.wrong(place, "a tag that there is", f"{cause}{nearest(cause, codes)}"))
            if (event.kind, cause) in seen:
                mistakes.append(source.wrong(place, f"each cause of {event.kind} once", cause))
            seen.add((event.kind, cause))
    source.refuse(mistakes)
    return tuple(events)


def load_triggers(conf: Path, tags: Sequence[Tag]) -> tuple[Trigger, ...]:
    """conf/triggers.yml; ConfError too where a tag whose `refresh` is `trigger` can only be told at night."""
    triggers = ConfFile(conf / "triggers.yml").to(list[Trigger])
    wrong = {t.code: why for t in trigger_tags(tags) if (why := not_of_one_user(t))}
    if wrong:
        raise ConfError(
            "\n".join(
                f"tag {code}: expected refresh daily or monthly, found trigger: {why}" for code, why in wrong.items()
            )
        )
    return tuple(triggers)


def load_segment_views(conf: Path, tags: Sequence[Tag]) -> SegmentViews:
    """conf/segment_views.yml."""
    source = ConfFile(conf / "segment_views.yml")
    views = source.to(SegmentViews)
    codes = {t.code for t in tags}
    source.refuse(
        [
            source.wrong(("profile_tags", i), "a tag that there is", f"{code}{nearest(code, codes)}")
            for i, code in enumerate(views.profile_tags)
            if code not in codes
        ]
    )
    return views


def load_segments(conf: Path, tags: Sequence[Tag], policy: Policy, instead: Path | None = None) -> tuple[Segment, ...]:
    """Every segment of conf/segments, each after those it asks for; all mistakes in all files are told at once.

    `instead` is a file, anywhere, that takes the place of the one with its code.
    """
    mistakes: list[str] = []
    files: dict[str, ConfFile] = {}
    stated: dict[str, SegmentFile] = {}
    for path in [*sorted((conf / "segments").glob("*.yml")), *([instead] if instead else [])]:
        try:
            source = ConfFile(path)
            found = source.to(SegmentFile)
            if path != instead and found.code != path.stem:
                source.refuse([source.wrong(("code",), f"{path.stem}, as the file is named", found.code)])
            files[found.code], stated[found.code] = source, found
        except ConfError as error:
            mistakes.append(str(error))
    if mistakes:  # whoever asks for a segment that cannot be read would be told that there is none
        raise ConfError("\n".join(mistakes))
    return _checked_segments(stated, files, {t.code: t for t in tags}, policy)


def segment_texts(conf: Path) -> dict[str, str]:
    """Every segment's file as it stands, by code."""
    return {p.stem: p.read_text(encoding="utf-8") for p in sorted((conf / "segments").glob("*.yml"))}


def _checked_segments(
    stated: Mapping[str, SegmentFile], files: Mapping[str, ConfFile], tags: Mapping[str, Tag], policy: Policy
) -> tuple[Segment, ...]:
    mistakes: list[str] = []
    checked: dict[str, Segment] = {}
    for code in _ordered(stated, files):
        asked = segments_asked_for(stated[code].rule)
        if any(other in stated and other not in checked for other in asked):
            continue  # its own mistake is told already
        try:
            for other in (o for o in asked if o not in stated):
                raise RuleError(f"unknown segment {other!r}{nearest(other, stated)}")
            checked[code] = check_segment(stated[code], tags, policy, checked)
        except RuleError as error:
            source = files[code]
            mistakes.append(f"{source.path}, line {source.line(('rule',))}, key rule: {error}")
    if mistakes:
        raise ConfError("\n".join(mistakes))
    return tuple(checked.values())


def _ordered(stated: Mapping[str, SegmentFile], files: Mapping[str, ConfFile]) -> list[str]:
    try:
        return in_order(stated)
    except CircleError as error:
        source = files[error.codes[0]]
        raise ConfError(f"{source.path}, line {source.line(('rule',))}, key rule: {error}") from None


def load_audiences(
    conf: Path, tags: Sequence[Tag], policy: Policy, segments: Sequence[Segment] | None = None
) -> tuple[Audience, ...]:
    """Every audience of conf/audiences, by priority, held to the tags and segments there are and to the policy."""
    by_code = {t.code: t for t in tags}
    known = {s.code: s for s in (load_segments(conf, tags, policy) if segments is None else segments)}
    mistakes: list[str] = []
    audiences: list[Audience] = []
    for path in sorted((conf / "audiences").glob("*.yml")):
        try:
            source = ConfFile(path)
            stated = source.to(AudienceFile)
            if stated.code != path.stem:
                source.refuse([source.wrong(("code",), f"{path.stem}, as the file is named", stated.code)])
            audiences.append(check_audience(stated, by_code, policy, known))
        except RuleError as error:
            mistakes.append(f"{path}, line {source.line(('rule',))}, key rule: {error}")
        except ConfError as error:
            mistakes.append(str(error))
    if mistakes:
        raise ConfError("\n".join(mistakes))
    return tuple(sorted(audiences, key=lambda a: (a.stated.priority, a.code)))


def _tag_files(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*/*.yml"))
    strangers = [p for p in sorted(folder.rglob("*.yml")) if p not in found or p.parent.name not in LAYERS]
    if strangers:
        raise ConfError(f"{strangers[0]}: expected conf/tags/<layer>/<theme>.yml with a layer of {', '.join(LAYERS)}")
    if not found:
        raise ConfError(f"{folder}: expected tags in <layer>/<theme>.yml, found none")
    return found
