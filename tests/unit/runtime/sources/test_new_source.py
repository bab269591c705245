"""`cameo source new` writes a mapping that loads, tells nothing personal, and overwrites nothing."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from jobs.runtime.cli import app
from jobs.runtime.intake.mapping import load_mapping
from jobs.runtime.settings import project_root
from jobs.runtime.sources.proposal import SourceUnreadable
from jobs.runtime.sources.proposal.new import new_mapping
from jobs.runtime.sources.proposal.place import place_of
from jobs.runtime.sources.proposal.write import scalar
from tests.unit.runtime.sources.exports import REVIEWS, csv_text

ACCOUNTS = [
    {"用户编号": f"U{i:05}", "姓名": "张伟", "手机号": f"1380013{i:04}", "身份证号": f"11010119900101{i:04}",
     "性别": "男女"[i % 2], "家庭住址": f"北京市朝阳区{i}号", "注册时间": "2026/01/05 08:30",
     "更新时间": "2026/02/05 08:30", "状态": "正常", "紧急联系人": "李娜", "备注": f"请在{i}点后联系张伟的母亲王芳"}
    for i in range(40)
]  # fmt: skip


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own with one hospital, whose exports have not been mapped."""
    conf = tmp_path / "conf"
    (conf / "hospitals").mkdir(parents=True)
    for name in ("settings.yml", "source_words.yml"):
        shutil.copy(project_root() / "conf" / name, conf / name)
    (conf / "hospitals" / "riverside.yml").write_text(
        "name: riverside\ntitle: {zh: 河畔, en: Riverside}\nzone: Asia/Tokyo\nlanding: landing\n", encoding="utf-8"
    )
    monkeypatch.setenv("CAMEO_ROOT", str(tmp_path))
    return tmp_path


def export(
    root: Path, rows: list[dict[str, str]], place: str = "landing/review/2026-06-29/stars_20260629_1.csv"
) -> Path:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(csv_text(rows), encoding="gb18030")
    return path


def test_the_mapping_of_a_whole_export_loads(root: Path) -> None:
    text, written = new_mapping("review", export(root, REVIEWS), "riverside")
    assert written == root / "conf" / "sources" / "riverside" / "review.yml"
    assert written.read_text(encoding="utf-8") == text
    mapping = load_mapping(written)
    assert (mapping.where, mapping.known, mapping.encoding) == ("review/{day}/stars_*.csv", "folder", "gb18030")
    assert {n: c.origin for n, c in mapping.columns.items()} == {
        "review_id": "评价编号", "account_token": "用户编号", "subject": "对象", "rating": "评分",
        "reviewed_at": "评价时间",
    }  # fmt: skip
    assert "# zone: Asia/Tokyo" in text
    assert '  # name "评分" is usual for it; 60 of 60 values are numbers in 1..5\n  rating: {from: 评分}\n' in text


def test_fields_come_in_the_contracts_order_and_missing_ones_as_comments(root: Path) -> None:
    rows = [{"评价时间": r["评价时间"], "评分": r["评分"], "用户编号": r["用户编号"]} for r in REVIEWS]
    text, _ = new_mapping("review", export(root, rows))
    found = re.findall(r"^  (?:# )?(review_id|account_token|subject|rating|reviewed_at):", text, re.MULTILINE)
    assert found == ["review_id", "account_token", "subject", "rating", "reviewed_at"]
    assert "# subject: required: What is rated; no column fits" in text


def test_nothing_personal_is_in_the_text(root: Path) -> None:
    text, _ = new_mapping("account", export(root, ACCOUNTS))
    personal = {v for row in ACCOUNTS for k, v in row.items() if k not in ("性别", "状态")}
    assert [v for v in personal if v in text] == []
    assert "codes: {男: male, 女: female}" in text.replace("女: female, 男: male", "男: male, 女: female")
    assert "#   备注: free text" in text


def test_the_keys_of_an_object_that_are_persons_numbers_are_not_told(root: Path) -> None:
    path = root / "by_person.json"
    path.write_text(json.dumps({"13800138000": {"score": 5}, "id": "a"}) + "\n", encoding="utf-8")
    text, _ = new_mapping("review", path)
    assert "13800138000" not in text
    assert "(a name with a long number in it): whole numbers" in text


def test_a_file_that_is_there_is_never_overwritten(root: Path) -> None:
    there = root / "conf" / "sources" / "riverside" / "review.yml"
    there.parent.mkdir(parents=True)
    there.write_text("corrected by hand", encoding="utf-8")
    with pytest.raises(SourceUnreadable, match="a mapping is here already and is left as it is"):
        new_mapping("review", export(root, REVIEWS), "riverside")
    assert there.read_text(encoding="utf-8") == "corrected by hand"


@pytest.mark.parametrize(
    ("path", "where", "known"),
    [
        ("/x/review/2026-06-29/a.csv", "review/{day}/a.csv", "folder"),
        ("/x/review/2026-06-29/a_0017.csv.gz", "review/{day}/a_*.csv.gz", "folder"),
        ("/x/review/a_2026-06-29.csv", "review/a_{day}.csv", "folder"),
        ("/x/2026-07-01/review/2026-06-29/a.csv", "review/{day}/a.csv", "folder"),
        ("/x/y/all.csv", "review/all.csv", "event"),
        ("/x/20260629/all.csv", "x/{day:yyyyMMdd}/all.csv", "folder"),
        ("/x/y/a_2026_06_29.csv", "y/a_{day:yyyy_MM_dd}.csv", "folder"),
        ("/x/y/2026/06/29/a.csv", "y/{day:yyyy/MM/dd}/a.csv", "folder"),
        ("/x/20260701/y/2026-06-29/a.csv", "y/{day}/a.csv", "folder"),
        ("/x/20269929/all.csv", "review/all.csv", "event"),
        ("/x/y/all[1].csv", "review/all[[]1].csv", "event"),
    ],
)
def test_the_place_is_guessed_from_the_path(path: str, where: str, known: str) -> None:
    found = place_of(Path(path), "review")
    assert (found.where, found.known) == (where, known)


def test_within_the_landing_folder_the_place_is_as_of_there() -> None:
    found = place_of(Path("/x/landing/his/out/2026-06-29/a.csv"), "review", Path("/x/landing"))
    assert found.where == "his/out/{day}/a.csv"


@pytest.mark.parametrize(
    "name", ["费用(分)", "yes", "1", "a: b", "a #1", "{x}", "a, b", "- a", "null", '"', "a\nb", "Sys.mmHg."]
)
def test_any_name_of_a_column_stays_itself_in_yaml(name: str) -> None:
    assert yaml.safe_load(f"x: {{from: {scalar(name)}}}") == {"x": {"from": name}}


def test_a_sheet_and_the_path_of_an_array_are_said(root: Path) -> None:
    path = root / "a.json"
    path.write_text(json.dumps({"data": {"list": REVIEWS}}), encoding="utf-8")
    told = yaml.safe_load(new_mapping("review", path)[0])
    assert (told["format"], told["records"], told["where"]) == ("json_array", "data.list", "review/a.json")


def test_the_command_prints_without_a_hospital_and_writes_with_one(root: Path) -> None:
    file = str(export(root, REVIEWS))
    printed = CliRunner().invoke(app, ["source", "new", "review", file])
    assert yaml.safe_load(printed.output)["feed"] == "review"
    assert not (root / "conf" / "sources").exists()
    written = CliRunner().invoke(app, ["source", "new", "review", file, "--hospital", "riverside"])
    assert Path(written.output.strip()) == root / "conf" / "sources" / "riverside" / "review.yml"


def test_an_unknown_feed_is_told_with_the_nearest(root: Path) -> None:
    with pytest.raises(SourceUnreadable, match="no feed 'reviews' \\(did you mean 'review'\\?\\)"):
        new_mapping("reviews", export(root, REVIEWS))
