"""`cameo segments …`: counted without an engine, and yet what the engines and the policy say; no small counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from portrait_world import DAYS, rows_of, settings_in, write_world
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from features.columns import COLUMNS, FEATURE_TABLES, SCORE_TABLES
from features.policy import Known, permitted
from features.reachable import reachable_accounts
from features.rule import Rule, parse_rule
from features.segment import Segment, SegmentViews
from features.sql_text import texts
from jobs.runtime.audit import append_rows
from jobs.runtime.cli import app
from jobs.runtime.declarations import load_policy, load_segments, load_tags
from jobs.runtime.engine import get_engine
from jobs.runtime.job import Run, find_job
from jobs.runtime.lake import Lake
from jobs.runtime.segment_commands.day_users import DayUsers, NothingToCount
from jobs.runtime.segment_commands.overlap import overlap
from jobs.runtime.segment_commands.preview import ANY_CHANNEL, preview
from jobs.runtime.settings import Settings
from jobs.runtime.store import Store
from jobs.runtime.user_rows import user_rows
from schemas.gold.audience import AUDIENCE_MEMBER
from schemas.gold.segment_member import SEGMENT_MEMBER
from schemas.gold.user_portrait import USER_PORTRAIT
from schemas.gold.user_value_tier import USER_VALUE_TIER
from schemas.silver.consent_state import CONSENT_STATE
from schemas.silver.identity import IDENTITY

CONF = Path(__file__).parents[3] / "conf"
POLICY = load_policy(CONF)
TAGS = {t.code: t for t in load_tags(CONF)}
SEGMENTS = {s.code: s for s in load_segments(CONF, list(TAGS.values()), POLICY)}
VIEWS = SegmentViews(smallest_count=5, profile_tags=("basic.elder",), profile_columns=("age_years", "mean_spend_yuan"))
DAY = DAYS[0]
USERS = [f"u{i:04d}" for i in range(60)]
# Every function and kind of column that a rule may use.
RULES = (
    "age_years >= 40 AND NOT is_buyer",
    "has_tag('basic.elder') OR tag_value('value.tier') = 'high'",
    "tag_value('value.tier') <> 'high'",
    "spend_yuan_365d / nullif(order_count_365d, 0) > 100",
    "order_count_365d % 2 = 1",
    "round(mean_spend_yuan, 1) > 2.5 OR abs(-tenure_days) = 3 OR floor(dwell_minutes_30d) = 4",
    "size(departments_180d) = 1 AND array_contains(departments_180d, 'tcm')",
    "datediff(as_of_date, first_order_date) < 60",
    "month(first_order_date) IN (1, 3) AND year(as_of_date) = 2026",
    "first_order_date > '2026-02-01'",
    "registered_at < '2026-01-02' AND is_buyer",
    "climate LIKE '%h\\_c%' OR top_channel_90d LIKE 'p%'",
    "greatest(age_years, tenure_days) BETWEEN 3 AND 20 AND least(age_years, tenure_days) < 3",
    "CASE WHEN top_department_180d IS NULL THEN child_count > 1 ELSE false END",
    "churn_probability >= 0.5 AND value_yuan > 2000",
)


@pytest.fixture(scope="module")
def settings(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A day of sixty users with tags; of ten there is no value tier."""
    settings = settings_in(tmp_path_factory.mktemp("hospital"))
    write_world(settings, users=60, days=[DAY])
    store = Store(str(settings.lake))
    append_rows(store, USER_VALUE_TIER, rows_of(USER_VALUE_TIER, USERS[:50], DAY))
    append_rows(store, USER_PORTRAIT, [portrait(user, i) for i, user in enumerate(USERS)])
    return settings


def portrait(user: str, i: int) -> dict[str, Any]:
    values = {"value.tier": "high" if i % 3 else "low"} if i % 4 else {}
    values |= {"basic.elder": "yes"} if i % 5 == 0 else {}
    empty = dict.fromkeys(USER_PORTRAIT.column_names)
    return empty | {
        "user_id": user, "as_of_date": DAY, "tag_codes": sorted(values), "tag_names_zh": [], "tag_values": values,
        "tag_weights": {}, "tag_count": len(values), "marketing_channels": [],
    }  # fmt: skip


def like(code: str, rule: str) -> Segment:
    """A segment of conf with another rule."""
    parsed: Rule = parse_rule(rule, COLUMNS, tags=TAGS)
    return replace(SEGMENTS[code], rule=parsed, tags=tuple(TAGS[t] for t in parsed.tags))


def on_the_engine(settings: Settings, columns: set[str]) -> tuple[Lake, Run, Any]:
    lake = Lake(get_engine("sail", work=settings.work), str(settings.lake))
    run = Run(find_job("build_portrait"), DAY, DAY, {}, settings, lake)
    tags = run.read(USER_PORTRAIT, since=DAY, until=DAY).select("user_id", "tag_codes", "tag_values")
    return lake, run, user_rows(run, columns).join(tags, "user_id")


def test_every_rule_finds_the_users_whom_the_engine_finds(settings: Settings) -> None:
    parsed = [parse_rule(text, COLUMNS, tags=TAGS) for text in RULES]
    columns = {c for rule in parsed for c in rule.columns}
    said = {f"r{i}": f"coalesce(({rule.sql}), false)" for i, rule in enumerate(parsed)}
    with DayUsers(Store(str(settings.lake))) as day_users:
        day_users.judge("judged", said, columns)
        ours = set(day_users.ask(f"SELECT user_id, {', '.join(said)} FROM judged"))
    lake, _, users = on_the_engine(settings, columns)
    with lake:
        theirs = {tuple(r) for r in users.selectExpr("user_id", *(f"{s} AS {n}" for n, s in said.items())).collect()}
    assert ours == theirs
    split = {text: sum(row[i + 1] for row in ours) for i, text in enumerate(RULES)}
    assert {text: n for text, n in split.items() if not 0 < n < 60} == {}


def test_the_reach_is_what_the_policy_permits(settings: Settings) -> None:
    segment = like("searcher_without_question", "has_tag('basic.elder') OR is_buyer OR has_diabetes")
    with DayUsers(Store(str(settings.lake))) as day_users:
        found = preview(day_users, segment, POLICY, VIEWS.model_copy(update={"smallest_count": 1}))
    lake, run, users = on_the_engine(settings, {*segment.rule.columns, *POLICY.columns})
    with lake:
        known = Known(
            DAY, run.read(CONSENT_STATE), reachable_accounts(run.read(IDENTITY)), users, lake.empty(AUDIENCE_MEMBER)
        )
        asked = users.where(segment.rule.sql).selectExpr(
            "'x' AS audience", "1 AS priority", "user_id", "'marketing' AS purpose",
            f"{texts(segment.data_classes)} AS data_classes",
            "explode(array('push', 'sms', 'phone', 'wechat', 'email')) AS channel",
        )  # fmt: skip
        rows = permitted(asked, known, POLICY).where("refused IS NULL").select("user_id", "channel").collect()
    expected = {c: sum(r["channel"] == c for r in rows) for c in ("push", "sms", "phone", "wechat", "email")}
    assert found.reach == {**expected, ANY_CHANNEL: len({r["user_id"] for r in rows})}
    assert 0 < found.reach["push"] < (found.users or 0)
    assert found.reach["phone"] == 0, "nobody agreed to be called"


def test_a_preview_tells_worth_share_and_what_is_unlike_everybody(settings: Settings) -> None:
    segment = like("pregnant_chronic", "has_tag('basic.elder')")
    with DayUsers(Store(str(settings.lake))) as day_users:
        found = preview(day_users, segment, POLICY, VIEWS)
        wanted = "count(*), sum(net_spend_yuan_365d), avg(net_spend_yuan_365d)"
        ten = ", ".join(f"'{u}'" for u in USERS[::5])
        table = next(t for t in FEATURE_TABLES if "net_spend_yuan_365d" in t.column_names)
        asked = f"SELECT {wanted} FROM {day_users.of_day(table)} WHERE user_id IN ({ten})"
        [(count, total, mean)] = day_users.ask(asked)
    assert (found.users, found.share, found.all_users, count) == (12, 0.2, 60, 12)
    assert (found.worth[0].total, found.worth[0].mean) == pytest.approx((float(total), float(mean)))
    assert found.reach_purpose == "care"
    elder = found.profile[0]
    assert (elder.what, elder.here, elder.everywhere, elder.index) == ("basic.elder", 1.0, 0.2, pytest.approx(500))


def test_nothing_is_told_of_too_few(settings: Settings) -> None:
    segment = like("pregnant_chronic", "has_tag('basic.elder') AND NOT tag_value('value.tier') = 'high'")
    with DayUsers(Store(str(settings.lake))) as day_users:
        found = preview(day_users, segment, POLICY, VIEWS)
        matrix = overlap(day_users, [segment, like("tcm_lover", "has_tag('basic.elder')")], VIEWS)
        nobody = preview(day_users, like("tcm_lover", "age_years > 900"), POLICY, VIEWS)
    assert (found.users, found.share, found.worth, found.reach, found.profile) == (None, None, (), {}, ())
    assert (nobody.users, nobody.share, nobody.worth) == (0, 0.0, ())
    assert matrix == {
        ("pregnant_chronic", "pregnant_chronic"): None,
        ("pregnant_chronic", "tcm_lover"): None,
        ("tcm_lover", "pregnant_chronic"): None,
        ("tcm_lover", "tcm_lover"): 12,
    }


def test_who_would_come_and_go_is_counted_against_the_history(settings: Settings) -> None:
    segment = like("tcm_lover", "has_tag('basic.elder')")
    store = Store(str(settings.lake))
    stays = [(u, DAYS[0], None) for u in USERS[:20]] + [(USERS[30], DAYS[0], DAYS[0])]
    append_rows(
        store,
        SEGMENT_MEMBER,
        [{"user_id": u, "segment": "tcm_lover", "valid_from": f, "valid_to": to} for u, f, to in stays],
    )
    with DayUsers(store) as day_users:
        found = preview(day_users, segment, POLICY, VIEWS)
    assert (found.users, found.entering, found.leaving) == (12, 8, 16)


def test_a_day_without_rows_and_a_lake_without_portraits_are_told(settings: Settings, tmp_path: Path) -> None:
    with (
        DayUsers(Store(str(settings.lake)), DAYS[1]) as day_users,
        pytest.raises(NothingToCount, match="has no rows of"),
    ):
        preview(day_users, SEGMENTS["tcm_lover"], POLICY, VIEWS)
    with pytest.raises(NothingToCount, match="cameo run build_portrait"):
        DayUsers(Store(str(tmp_path)))


def test_the_commands_say_it_in_words(settings: Settings, tmp_path: Path) -> None:
    env = {"CAMEO_RUN_FOLDER": str(settings.run_folder), "CAMEO_ACCOUNTS": "0"}
    file = tmp_path / "tried.yml"
    text = (CONF / "segments" / "between_generations.yml").read_text()
    begin, end = text.index("rule: >-"), text.index("purposes:")
    file.write_text(f"{text[:begin]}rule: age_years < 900\n{text[end:]}")
    told = CliRunner().invoke(app, ["segments", "preview", str(file)], env=env)
    assert told.exit_code == 0, told.output
    assert "60 users, 100.00% of all 60" in told.output
    assert "reached for marketing (consent and bans, before caps): push" in told.output
    wrong = CliRunner().invoke(app, ["segments", "preview", "tcm_lovers"], env=env)
    assert "no segment 'tcm_lovers' in conf/segments; did you mean tcm_lover?" in str(wrong.exception)
    listed = CliRunner().invoke(app, ["segments", "list"], env=env)
    assert "no day was judged yet" in listed.output
    pair = CliRunner().invoke(app, ["segments", "overlap", "tcm_lover", "price_stops"], env=env)
    assert pair.exit_code == 0, pair.output


def test_every_table_that_rules_read_can_be_opened_so(settings: Settings) -> None:
    with DayUsers(Store(str(settings.lake))) as day_users:
        for table in (*FEATURE_TABLES, *SCORE_TABLES):
            assert day_users.ask(f"SELECT count(*) FROM {day_users.of_day(table)}")[0][0] in (50, 60), table.name
