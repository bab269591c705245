"""Tags, audiences, policy: read out of conf/, checked against each other, or refused with file and line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from features.audience import Audience, AudienceFile, check_audience
from features.care_alerts import CareAlert
from features.identity_rules import IdentityRules
from features.member_points import MemberPoints
from features.policy import Policy
from features.rule import RuleError, nearest
from features.symptoms import SymptomWords
from features.tag import Tag
from features.tag_phrase import TagPhrase
from features.value_tiers import ValueTiers
from jobs.runtime.conf_file import ConfError, ConfFile, load

LAYERS = ("basic", "need", "behaviour", "value")


def load_tags(conf: Path) -> tuple[Tag, ...]:
    """Every tag of conf/tags/<layer>/<theme>.yml, by code; all mistakes in all files are told at once."""
    mistakes: list[str] = []
    seen: dict[str, str] = {}
    tags: list[Tag] = []
    for path in _tag_files(conf / "tags"):
        try:
            source = ConfFile(path)
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


def load_value_tiers(conf: Path) -> ValueTiers:
    """conf/value_tiers.yml."""
    return load(conf / "value_tiers.yml", ValueTiers)


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


def load_audiences(conf: Path, tags: Sequence[Tag], policy: Policy) -> tuple[Audience, ...]:
    """Every audience of conf/audiences, by priority, held to the tags there are and to the policy."""
    by_code = {t.code: t for t in tags}
    mistakes: list[str] = []
    audiences: list[Audience] = []
    for path in sorted((conf / "audiences").glob("*.yml")):
        try:
            source = ConfFile(path)
            stated = source.to(AudienceFile)
            if stated.code != path.stem:
                source.refuse([source.wrong(("code",), f"{path.stem}, as the file is named", stated.code)])
            audiences.append(check_audience(stated, by_code, policy))
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
