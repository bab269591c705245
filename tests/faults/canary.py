"""Identifiers of people who do not exist, to be looked for wherever something was written."""

from __future__ import annotations

import base64
import gzip
import io
import json
import random
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.runtime.intake.identifiers import check_digit

_SURNAMES, _GIVEN = (
    ["欧阳", "上官", "司马", "诸葛", "慕容", "令狐"],
    "翀翯翾翿耄耆耋聃聆聿肃肄肇胤臧舢舣艮艿芈芗芘苌苎茔茕茛",
)
_PLACES = ("浙江省杭州市西湖区翠苑街道", "广东省深圳市南山区桃源街道")
_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Canaries:
    """Makes them; each one is used in one place, so that a find tells where it came from."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self.places: dict[str, str] = {}

    @classmethod
    def of(cls, places: dict[str, str]) -> Canaries:
        """Those alone."""
        chosen = cls(0)
        chosen.places = places
        return chosen

    def phone(self, place: str) -> str:
        return self._kept(f"1{self._dice.choice('3578')}{self._digits(9)}", place)

    def id_card(self, place: str) -> str:
        first = f"3301061{self._dice.randint(950, 999)}0{self._dice.randint(1, 9)}1{self._digits(4)}"
        return self._kept(first + check_digit(first), place)

    def name(self, place: str) -> str:
        return self._kept(self._dice.choice(_SURNAMES) + "".join(self._dice.sample(_GIVEN, 2)), place)

    def address(self, place: str) -> str:
        where = f"{self._dice.choice(_PLACES)}文三西路{self._dice.randint(100, 998)}号{self._dice.randint(2, 40)}幢"
        return self._kept(f"{where}{self._dice.randint(101, 2999)}室", place)

    def code(self, place: str, start: str = "o") -> str:
        """An openid, a device's number, an account: nothing that a pattern could know."""
        return self._kept(start + "".join(self._dice.choices(_LETTERS, k=20)), place)

    def email(self, place: str) -> str:
        return self._kept(f"{''.join(self._dice.choices(_LETTERS.lower(), k=12))}@example.com", place)

    def _digits(self, number: int) -> str:
        return "".join(self._dice.choices("0123456789", k=number))

    def _kept(self, text: str, place: str) -> str:
        assert text not in self.places
        self.places[text] = place
        return text


@dataclass
class Search:
    """Reads whatever was written and tells which canary stands in it, in which guise."""

    canaries: Canaries
    files: int = 0
    bytes: int = 0
    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        told = self.canaries.places.items()
        self._guises = [(guise, f"{text} ({place})") for text, place in told for guise in sorted(guises(text))]

    def folder(self, root: Path, leave_out: Sequence[Path] = ()) -> None:
        """Every file below, with its name; Parquet as it is and decoded, archives unpacked."""
        for path in sorted(p for p in root.rglob("*") if p.is_file() and not set(leave_out) & {p, *p.parents}):
            self.files += 1
            where = path.relative_to(root).as_posix()
            for content in (where.encode(), *_contents(path)):
                self.content(content, where)

    def content(self, content: bytes | str, where: str) -> None:
        content = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        self.bytes += len(content)
        self.found += [f"{where}: {told}" for guise, told in self._guises if guise in content]


def guises(text: str) -> set[bytes]:
    """How a text may stand somewhere: in other encodings, escaped, spaced, wide, as Base64 or hex."""
    plain = text.encode()
    spaced = [text]
    if text.isdigit() and len(text) == 11:
        spaced += [f"{text[:3]}{sign}{text[3:7]}{sign}{text[7:]}" for sign in (" ", "-")]
        spaced.append("".join(chr(ord(digit) + 0xFEE0) for digit in text))
    found = {one.encode(encoding) for one in spaced for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")}
    found |= {text.encode("ascii", "backslashreplace"), quote(text, safe="").encode()}
    found |= {plain.hex().encode(), plain.hex().upper().encode(), plain[::-1]}
    for shift in range(3):
        # What Base64 makes of the text does not depend on what stands before and after it, but for its ends.
        inside = base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 :].rstrip(b"=")[:-1]
        found |= {inside, inside.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def _contents(path: Path) -> Iterator[bytes]:
    raw = path.read_bytes()
    yield raw
    if raw[:4] == b"PAR1":
        yield from _decoded(pq.read_table(io.BytesIO(raw)))
    elif raw[:2] == b"\x1f\x8b":
        yield gzip.decompress(raw)
    elif raw[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    elif raw[:1] == b"\x78":
        try:
            yield zlib.decompress(raw)
        except zlib.error:
            return


def _decoded(table: pa.Table) -> Iterator[bytes]:
    """Each different value of a column once; dictionary pages and compression hide them from who reads bytes."""
    for column in table.columns:
        kind = column.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            yield "\n".join(_texts(column.cast(pa.string()).unique().to_pylist())).encode()
        elif pa.types.is_nested(kind):
            yield str(column.to_pylist()).encode()


def _texts(values: Iterable[str | None]) -> list[str]:
    return [value for value in values if value is not None]


def plant(landing: Path, day: date, seed: int = 4) -> Canaries:
    """Files for the simulated hospital's mappings in which people stand wherever they can stand."""
    canaries = Canaries(seed)
    for feed, name, encoding, lines in _texts_planted(canaries, day):
        _put(landing / feed / day.isoformat() / name, "\n".join([*lines, ""]).encode(encoding))
    device, account = canaries.code("touch.did", "d"), canaries.code("touch.uid", "U")
    touch = {"touch": ["T1"], "camp": ["C1"], "uid": [account], "did": [device], "ch": ["push"], "act": ["sent"]}
    at = int(datetime.combine(day, time(9), UTC).timestamp())
    out = io.BytesIO()
    pq.write_table(
        pa.table({**touch, "cost_li": [10], "ts": [at], "owner": [canaries.phone("touch: new column")]}), out
    )
    _put(landing / "campaign_touch" / day.isoformat() / "touch_canary.parquet", out.getvalue())
    return canaries


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _texts_planted(c: Canaries, day: date) -> Iterator[tuple[str, str, str, list[str]]]:
    """Feed, file, encoding, lines."""
    yield from _accounts(c, day)
    users = [c.code(f"user of {what}", "U") for what in ("consultation", "complaint", "event", "post", "review")]
    head = "就诊单号,用户编号,就诊人编号,与用户关系,年龄,性别,科室,问诊方式,医生工号,提问时间,主诉,费用(分),状态"
    at = f"{day:%Y/%m/%d} 09:00:00"

    def visit(number: int, words: str, fee: str = "1000", department: str = "全科") -> str:
        member = c.code(f"member of visit {number}", "M")
        return f"V{number},{users[0]},{member},子女,5,男,{department},图文,D1,{at},{words},{fee},已完成"

    words = f"我叫{c.name('complaint text')}，电话{c.phone('complaint text')}，住在{c.address('complaint text')}"
    visits = [
        visit(1, words),
        visit(2, f"身份证{c.id_card('chief complaint')} 邮箱{c.email('chief complaint')}"),
        visit(3, "头痛", fee=c.phone("a number that is none")),
        visit(4, "头痛", department=c.name("a code that is none")),
        # Too short, and with a quote that is left open.
        f"V5,{c.phone('broken line')},{c.name('broken line')}",
        f'V6,"{c.phone("open quote")},{c.id_card("open quote")}',
    ]
    yield "consultation", "wenzhen_canary.csv", "gb18030", [head, *visits]
    who = f"{c.phone('no header')},{c.name('no header')},本人,50,男"
    bare = f"V7,{who},全科,图文,D1,{at},{c.address('no header')},1,已完成"
    yield "consultation", "wenzhen_bare.csv", "gb18030", [bare, visit(8, "咳嗽")]
    yield (
        "complaint",
        f"tousu_{c.phone('file name')}.csv",
        "gb18030",
        [
            "投诉编号,用户编号,类型,内容,办结时间,投诉时间",
            f"C1,{users[1]},隐私,患者{c.name('complaint')}的手机{c.phone('complaint')}被泄露,,{at}",
        ],
    )
    stamp = int(datetime.combine(day, time(9), UTC).timestamp() * 1000)

    def event(number: int, **more: object) -> str:
        told = {"evt_id": f"E{number}", "uid": users[2], "did": c.code(f"device of event {number}", "d"), "sid": "S1"}
        return json.dumps({**told, "evt": "search", "plat": "APP", "ts": stamp + number, **more}, ensure_ascii=False)

    yield (
        "event",
        "event_canary.jsonl",
        "utf-8",
        [
            event(1, kw=f"{c.phone('search words')} 挂号"),
            event(2, kw=f"身份证 {c.id_card('search words')}"),
            event(3, contact=c.phone("unknown field"), profile={"name": c.name("unknown field")}),
            event(4, dwell_ms=c.phone("a number that is none, JSON")),
            event(5, evt=c.name("an event that is none")),
            event(6)[:-1] + f', "kw": "{c.phone("cut off")}',
            f"{c.name('no JSON')} {c.phone('no JSON')}",
        ],
    )
    post = {"id": "P1", "uid": users[3], "act": "post", "gid": "G1", "ts": stamp}
    posted = json.dumps({**post, "txt": f"我是{c.name('post')}，微信同号{c.phone('post')}"})
    yield "community_act", "group_canary.jsonl", "utf-8", [posted]
    yield (
        "review",
        "pingjia_canary.csv",
        "gb18030",
        [
            "评价编号,用户编号,对象,医生工号,就诊单号,星级,内容,评价时间",
            f"R1,{users[4]},医生,D1,V1,5,收货人{c.name('review')} {c.phone('review')},{at}",
            f"R2,{users[4]},医生,D1,V1,5,好,{c.phone('a time that is none')}",
        ],
    )
    yield (
        "family_binding",
        "family_canary.csv",
        "utf-8",
        [
            "user_no;member_no;rel;birthday;gender;guardian;op;op_time",
            f"{users[0]};{c.code('member', 'M')};1;2020-05-05;1;Y;ADD;{day:%Y%m%d}080000",
        ],
    )


def _accounts(c: Canaries, day: date) -> Iterator[tuple[str, str, str, list[str]]]:
    head = (
        "user_no,reg_time,upd_time,src,mobile,id_no,wx_openid,wx_unionid,card_no,real_name,addr,birthday,gender,job,"
        "area,income,lvl,state,merged_to"
    )
    at = f"{day} 08:00:00"

    def account(what: str, birthday: str = "1980-01-01", state: str = "1") -> str:
        who = [c.phone(what), c.id_card(what), c.code(what), c.code(what), c.code(what, "K"), c.name(what)]
        told = [
            c.code(what, "U"),
            at,
            at,
            "APPSTORE",
            *who,
            c.address(what),
            birthday,
            "1",
            "教师",
            "330106",
            "M",
            "V0",
        ]
        return ",".join([*told, state, c.code(what, "U")])

    rows = [account(f"account {i}") for i in range(3)]
    # A value in the wrong column is told as unreadable, and not what it was.
    rows += [
        account("account, bad birthday", birthday=c.phone("birthday")),
        account("bad state", state=c.name("account, bad state")),
    ]
    yield "account", "account_canary.csv", "utf-8-sig", [head, *rows]
    # A renamed column, and one that is called after somebody.
    renamed = head.replace("reg_time", "registered").replace("job", c.phone("column name"))
    yield "account", "account_renamed.csv", "utf-8-sig", [renamed, account("account of a renamed column")]
