"""A hospital of a few lines, taken from its files to the tags of a day by the jobs themselves."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from portrait_world import rows_of
from pyspark.sql import SparkSession

from features.columns import SCORE_TABLES
from jobs.runtime.audit import append_rows, read_rows
from jobs.runtime.run_job import run_job
from jobs.runtime.settings import project_root
from jobs.runtime.store import Store
from schemas.feature.user_profile import USER_PROFILE
from schemas.gold.tag import USER_TAG
from schemas.gold.user_value_tier import USER_VALUE_TIER
from tests.unit.runtime.intake.small_hospital import SmallHospital

FIRST = date(2026, 3, 1)
DAY = FIRST + timedelta(days=1)
ACCOUNTS = tuple(f"a{i}" for i in range(6))
MAPPINGS = {
    "account": """
feed: account
where: account/{day}/*.csv
format: csv
zone: Asia/Shanghai
columns: {account_token: {from: user}, registered_at: {from: at, format: "yyyy-MM-dd HH:mm:ss"},
  updated_at: {from: at, format: "yyyy-MM-dd HH:mm:ss"}, status: {from: state}, unionid_token: {from: union},
  birth_date: {from: born, format: yyyy-MM-dd}}
""",
    "event": """
feed: event
where: event/{day}/*.csv
format: csv
zone: Asia/Shanghai
columns: {event_id: {from: id}, account_token: {from: user}, device_token: {from: device}, session_id: {from: visit},
  event_name: {from: name}, platform: {from: where}, event_at: {from: at, format: "yyyy-MM-dd HH:mm:ss"},
  dwell_seconds: {from: seconds}, topic: {from: topic}, search_words: {from: words}}
""",
    "order_line": """
feed: order_line
where: order_line/{day}/*.csv
format: csv
zone: Asia/Shanghai
columns: {order_id: {from: id}, account_token: {from: user}, line_kind: {from: kind}, item_kind: {from: item},
  quantity: {from: pieces}, amount_yuan: {from: yuan}, ordered_at: {from: at, format: "yyyy-MM-dd HH:mm:ss"}}
""",
    "consent": """
feed: consent
where: consent/{day}/*.csv
format: csv
zone: Asia/Shanghai
columns: {consent_id: {from: id}, account_token: {from: user}, purpose: {from: for}, data_class: {from: data},
  channel: {from: channel}, is_granted: {from: agreed}, text_version: {from: text}, guardian_token: {from: guardian},
  stated_at: {from: at, format: "yyyy-MM-dd HH:mm:ss"}}
""",
    "imported_tag": """
feed: imported_tag
where: imported_tag/{day}/*.csv
format: csv
zone: Asia/Shanghai
columns: {account_token: {from: user}, tag_name: {from: tag}, value: {from: says},
  given_on: {from: since, format: yyyy-MM-dd}, valid_until: {from: until, format: yyyy-MM-dd}}
""",
}


@dataclass
class ProofWorld(SmallHospital):
    """Two deliveries, with a late event, rows sent again, two accounts of one child, a device before log-in."""

    def __post_init__(self) -> None:
        shutil.copytree(project_root() / "conf", self.folder / "conf", ignore=shutil.ignore_patterns("sources"))
        self.mappings = MAPPINGS
        super().__post_init__()

    def fill(self) -> None:
        for day in (FIRST, DAY):
            self._deliver(day)
            self.take_in("event", day)
        for feed in ("account", "order_line", "consent", "imported_tag"):
            self.take_in(feed, DAY, since=FIRST)
        run_job("build_user_day", FIRST, settings=self.settings)
        run_job("build_user_day", DAY, settings=self.settings)
        run_job("link_identity", DAY, settings=self.settings, since=FIRST)
        for name in ("resolve_consent", "compute_features"):
            run_job(name, DAY, settings=self.settings)
        store = Store(str(self.settings.lake))
        users = [row["user_id"] for row in read_rows(store, USER_PROFILE)]
        for table in SCORE_TABLES:
            if table != USER_VALUE_TIER:
                append_rows(store, table, rows_of(table, users, DAY))
        for name in ("assign_value_tiers", "derive_tags"):
            run_job(name, DAY, settings=self.settings)
        gone = {"tag_code": "behaviour.gone", "valid_from": FIRST, "valid_to": DAY}
        (row,) = rows_of(USER_TAG, users[:1], DAY)
        append_rows(store, USER_TAG, [{**row, "layer": "behaviour", **gone}])

    def _deliver(self, day: date) -> None:
        eve = day - timedelta(days=1)
        one = dict.fromkeys(("a0", "a1"), "one,2020-01-01")
        accounts = [f"{u},{eve} 08:00:00,open,{one.get(u, ',')}" for u in ACCOUNTS]
        self._send("account", day, "user,at,state,union,born", accounts if day == FIRST else [])
        events = [f"{day}-{u},{u},d-{u},v,search,app,{day} 22:30:00,{i}.5,tcm,咳嗽三天" for i, u in enumerate(ACCOUNTS)]
        events += [
            f"{day}-early,,d-a2,v,view_home,app,{day} 07:00:00,3,,",
            f"{day}-late,a3,,w,pay,app,{eve} 09:00:00,1,,",
            f"{day}-long_ago,a{4 if day == FIRST else 5},,z,search,app,{FIRST - timedelta(days=8)} 09:00:00,1,,",
        ]
        # The first event comes again on the day after, once as it was and once as somebody else's.
        events += [events[0], f"{FIRST}-a1,a5,,x,search,app,{day} 10:00:00,9,tcm,头晕"] if day == DAY else []
        self._send("event", day, "id,user,device,visit,name,where,at,seconds,topic,words", events)
        orders = [f"{day}-{u},{u},sale,goods,1,{10 * i + 1}.50,{day} 12:00:00" for i, u in enumerate(ACCOUNTS[:4])]
        self._send("order_line", day, "id,user,kind,item,pieces,yuan,at", orders)
        said = [f"{day}-{u},{u},marketing,behaviour,push,true,v1,{day} 13:00:00,a0" for u in ACCOUNTS[:5]]
        self._send("consent", day, "id,user,for,data,channel,agreed,text,at,guardian", said)
        given = {
            FIRST: [f"a2,care_programme,diabetes,{FIRST},", f"a3,care_programme,maternity,{FIRST},{FIRST}"],
            DAY: [f"a4,care_programme,unheard_of,{DAY},", f"a4,ward,north,{DAY},"],
        }
        self._send("imported_tag", day, "user,tag,says,since,until", given[day])

    def _send(self, feed: str, day: date, header: str, lines: list[str]) -> None:
        self.deliver(feed, day, "x.csv", "\n".join([header, *lines]) + "\n")

    def sample(self, share: float) -> None:
        """Says how many are proved a day."""
        (self.folder / "conf" / "proof.yml").write_text(f"sample_share: {share:f}\ndays: 180\n")

    def change(self, table: str, setting: str, holds: str) -> None:
        """Changes rows behind the jobs' back."""
        self.spark.sql(
            f"UPDATE delta.`{self.settings.lake}/{table.replace('.', '/')}` SET {setting} WHERE {holds}"
        ).collect()


def world_in(folder: Path, spark: SparkSession) -> ProofWorld:
    world = ProofWorld(folder, spark)
    world.fill()
    return world
