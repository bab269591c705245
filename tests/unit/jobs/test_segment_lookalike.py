"""`cameo segments lookalike`: learned from whom the policy lets it, on what is open, or refused."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from portrait_world import DAYS, rows_of, settings_in
from typer.testing import CliRunner

from features.columns import COLUMNS, FEATURE_TABLES, SCORE_TABLES
from features.policy import Known
from features.policy import learners as learners_on_the_engine
from features.reachable import reachable_accounts
from features.rule import parse_rule
from features.segment import Segment, SegmentViews
from jobs.learning.settings import load_lookalike
from jobs.runtime.audit import append_rows
from jobs.runtime.cli import app
from jobs.runtime.declarations import load_policy, load_segments, load_tags
from jobs.runtime.engine import get_engine
from jobs.runtime.job import Run, find_job
from jobs.runtime.lake import Lake
from jobs.runtime.segment_commands.day_users import DayUsers
from jobs.runtime.segment_commands.lookalike import LookalikeFound, Terms, learners, lookalike
from jobs.runtime.segment_commands.lookalike_features import permitted_features
from jobs.runtime.segment_commands.lookalike_proxies import TellsTooMuch
from jobs.runtime.segment_commands.preview import banned
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from jobs.runtime.user_rows import user_rows
from models.lookalike import TooFewMembers
from schemas.gold.audience import AUDIENCE_MEMBER
from schemas.gold.user_portrait import USER_PORTRAIT
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY
from schemas.vocabulary import CHANNELS, DATA_CLASSES

CONF = Path(__file__).parents[3] / "conf"
POLICY = load_policy(CONF)
TAGS = {t.code: t for t in load_tags(CONF)}
SEGMENTS = {s.code: s for s in load_segments(CONF, list(TAGS.values()), POLICY)}
DECLARED = load_lookalike(CONF)
TERMS = Terms(DECLARED, POLICY, SegmentViews(smallest_count=5), "simulated", num_threads=1)
DAY, USERS = DAYS[0], [f"u{i:04d}" for i in range(600)]
SEARCHES = "search_count_30d >= 5"


def planted(i: int) -> dict[str, Any]:
    """Every third user searches. They come oftener, and more of them are ill; who is ill spends much."""
    rng, searches = random.Random(i), i % 3 == 0
    ill = rng.random() < (0.5 if searches else 0.15)
    return {
        "search_count_30d": 9 if searches else 1,
        "search_count_90d": 30 if searches else 1,
        "order_count_30d": 7 if searches else 0,  # the rule in other words
        "active_days_30d": rng.randrange(6, 20) if searches else rng.randrange(0, 12),
        "has_sensitive_condition": ill,
        "spend_yuan_90d": rng.randrange(600, 900) if ill else rng.randrange(0, 300),
        "is_closed": i % 50 == 0,
    }


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_in(tmp_path_factory.mktemp("hospital"))
    store = Store(str(settings.lake))
    for table in (*FEATURE_TABLES, *(t for t in SCORE_TABLES if t.name == "gold.churn_score")):
        rows = [{**row, **{c: v for c, v in planted(i).items() if c in table.column_names}}
                for i, row in enumerate(rows_of(table, USERS, DAY))]  # fmt: skip
        append_rows(store, table, rows)
    empty = dict.fromkeys(USER_PORTRAIT.column_names) | {"as_of_date": DAY, "tag_codes": [], "tag_names_zh": []}
    empty |= {"tag_values": {}, "tag_weights": {}, "tag_count": 0, "marketing_channels": []}
    append_rows(store, USER_PORTRAIT, [empty | {"user_id": u} for u in USERS])
    append_rows(store, IDENTITY, [account(u, i) for i, u in enumerate(USERS)])
    append_rows(store, CONSENT_STATE, [c for i, u in enumerate(USERS) for c in consents(u, i)])
    return settings


@pytest.fixture(scope="module")
def found(settings: Settings) -> LookalikeFound:
    with DayUsers(Store(str(settings.lake))) as day_users:
        return lookalike(day_users, like(SEARCHES), TERMS, 0.05)


def account(user: str, i: int) -> dict[str, Any]:
    empty = dict.fromkeys(IDENTITY.column_names)
    known = {"as_of_date": DAY, "actor_id": f"a_{user}", "actor_kind": "account", "user_id": user, "link_kind": "own"}
    return empty | known | {"is_excluded": i == 3}


def consents(user: str, i: int) -> list[dict[str, Any]]:
    """Of ten users one agrees to nothing, one not to the use of health, one to be reached but to nothing else."""
    empty = dict.fromkeys(CONSENT_STATE.column_names) | {"as_of_date": DAY, "user_id": user, "reason": "granted"}
    return [
        empty | {"purpose": p, "data_class": d, "channel": c, "is_granted": (i % 10, d) != (2, "health")}
        for p in ("care", "marketing") for d in DATA_CLASSES for c in (*CHANNELS, "none")
        if i % 10 != 7 and (i % 10, c) != (4, "none")
    ]  # fmt: skip


def like(rule: str) -> Segment:
    parsed = parse_rule(rule, COLUMNS, tags=TAGS)
    return replace(SEGMENTS["price_stops"], rule=parsed, tags=tuple(TAGS[t] for t in parsed.tags))


def test_likeness_rests_on_nothing_that_the_rule_reads_or_that_says_the_same(found: LookalikeFound) -> None:
    left_out = found.permitted.left_out
    assert {"search_count_30d", "search_count_90d"} <= set(left_out["rule"])
    assert "order_count_30d" in left_out["stand_in"]
    assert {f for f in left_out["stand_in"] if not f.startswith("order_count")} == set()
    assert not {"search_count_7d", "order_count_365d"} & set(found.fit.alike.features)
    assert (found.weights["feature"][0], found.weights["direction"][0]) == ("active_days_30d", 1)


def test_what_tells_of_an_illness_is_dropped_and_told(found: LookalikeFound) -> None:
    first = found.fit.dropped[0]
    assert (first.attribute.code, "spend_yuan_90d" in first.features) == ("sensitive_condition", True)
    assert first.auc > 0.7
    told = {a.code: auc for a, auc in found.fit.told}
    assert (told["sensitive_condition"] or 1) <= 0.7
    assert told["cancer"] is None
    assert not set(found.fit.alike.features) & set(first.features)


def test_the_curve_falls_and_those_above_the_cut_are_counted_with_their_reach(found: LookalikeFound) -> None:
    assert 0.7 < found.auc < 0.95
    assert found.curve[0].lift > 2 > 1 > found.curve[-1].lift
    assert (found.base, found.above) == (pytest.approx(1 / 3, abs=0.02), pytest.approx(20, abs=1))
    assert found.reach_purpose == "marketing"
    assert 0 < (found.reach["push"] or 0) <= (found.above or 0)


def test_only_those_are_learned_from_whom_the_policy_permits(found: LookalikeFound) -> None:
    searching = [i for i in range(600) if i % 3 == 0]
    taught = [i for i in searching if i % 10 not in (4, 7) and i % 50 and i != 3]
    assert (found.members, found.not_asked) == (len(taught), len(searching) - len(taught))


def test_who_is_learned_from_is_whom_the_policy_lets_jobs_learn_from(settings: Settings) -> None:
    classes = ("basic", "behaviour", "health")
    with DayUsers(Store(str(settings.lake))) as day_users:
        day_users.judge("judged", {"is_untaught": banned(POLICY, "care")}, POLICY.columns)
        ours = {user for (user,) in day_users.ask(learners(day_users, POLICY, classes, "simulated"))}
        everybody = day_users.ask(learners(day_users, POLICY, classes, "online_retail"))
        nobody = day_users.ask(learners(day_users, POLICY.model_copy(update={"training": None}), classes, "simulated"))
    with Lake(get_engine("sail", work=settings.work), str(settings.lake)) as lake:
        run = Run(find_job("build_portrait"), DAY, DAY, {}, settings, lake)
        flags, accounts = user_rows(run, POLICY.for_training.columns), reachable_accounts(run.read(IDENTITY))
        known = Known(DAY, run.read(CONSENT_STATE), accounts, flags, lake.empty(AUDIENCE_MEMBER))
        theirs = {row["user_id"] for row in learners_on_the_engine(known, POLICY, classes).collect()}
    assert ours == theirs
    assert 350 < len(ours) < 450
    assert (len(everybody), nobody) == (600, [])


def test_what_is_sensitive_is_no_feature_whatever_conf_keeps() -> None:
    open_to_all = DECLARED.features.model_copy(
        update={"exclude_tables": (), "exclude_sensitivities": (), "keep": ("*",)}
    )
    found = permitted_features(like("has_tag('basic.elder') OR is_buyer"), open_to_all, POLICY, "marketing")
    assert {COLUMNS[f].sensitivity for f in found.features} <= {"public", "low"}
    assert {"age_years", "has_diabetes", "consultation_count_30d"} <= set(found.left_out["sensitive"])
    assert "is_buyer" in found.left_out["rule"]
    assert all(name.count("mmhg") == 0 for name in found.features)


def test_a_likeness_that_cannot_but_tell_of_an_illness_is_refused(settings: Settings) -> None:
    bounds = DECLARED.proxies.model_copy(update={"most_dropped": 0})
    strict = replace(TERMS, conf=DECLARED.model_copy(update={"proxies": bounds}))
    with DayUsers(Store(str(settings.lake))) as day_users:
        with pytest.raises(
            TellsTooMuch, match=r"tells of 敏感病情 a sensitive condition \(AUC 0\.\d\d, allowed 0\.70\)"
        ):
            lookalike(day_users, like(SEARCHES), strict, 0.05)
        with pytest.raises(TellsTooMuch, match=r"a sensitive condition alone tells who is in this segment \(AUC 1\.00"):
            lookalike(day_users, like("has_sensitive_condition AND NOT is_closed"), TERMS, 0.05)


def test_too_few_members_and_a_part_that_is_none_are_refused(settings: Settings) -> None:
    with (
        DayUsers(Store(str(settings.lake))) as day_users,
        pytest.raises(TooFewMembers, match="segment price_stops: fewer than 50 of its users may be learned from"),
    ):
        lookalike(day_users, like("has_sensitive_condition AND is_minor"), TERMS, 0.05)
    env = {"CAMEO_RUN_FOLDER": str(settings.run_folder), "CAMEO_ACCOUNTS": "0"}
    wrong = CliRunner().invoke(app, ["segments", "lookalike", "price_stops", "--share", "150%"], env=env)
    assert "--share 150%: expected a part of the users like 5% or 0.05" in str(wrong.exception)


def test_the_command_says_it_in_words_and_writes_nothing(settings: Settings, tmp_path: Path) -> None:
    env = {"CAMEO_RUN_FOLDER": str(settings.run_folder), "CAMEO_ACCOUNTS": "0", "COLUMNS": "200"}
    text = (CONF / "segments" / "between_generations.yml").read_text()
    begin, end = text.index("rule: >-"), text.index("purposes:")
    file = tmp_path / "tried.yml"
    file.write_text(f"{text[:begin]}rule: {SEARCHES}\n{text[end:]}")
    before = files_of(settings)
    told = CliRunner().invoke(app, ["segments", "lookalike", str(file), "--day", str(DAY), "--share", "10%"], env=env)
    assert told.exit_code == 0, told.output
    assert "whom the policy does not let models learn from" in told.output
    assert "分群规则所用 the segment's rule or a tag in it reads them: search_count_7d" in told.output
    assert "dropped, for it told of 敏感病情 a sensitive condition (AUC 0." in told.output
    assert "近30天活跃天数" in told.output
    assert "who are not in it stand in the top 10.0% of such users" in told.output
    assert before == files_of(settings)


def files_of(settings: Settings) -> list[tuple[Path, int]]:
    return sorted((p, p.stat().st_mtime_ns) for p in Path(str(settings.lake)).rglob("*") if p.is_file())
