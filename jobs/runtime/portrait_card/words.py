"""What the card calls codes, columns and values, in both languages. A code that is not here is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from features.columns import COLUMNS
from jobs.runtime.conf_file import ConfFile
from jobs.runtime.feature_names import FeatureNames, load_feature_names
from jobs.runtime.portrait_card.evidence import Fact
from jobs.runtime.report.text import Text, joined, number, percent, same, yuan
from jobs.runtime.report.words import CHANNELS
from jobs.runtime.used_for.words import TIERS as VALUE_TIERS

DEPARTMENTS = {
    "general": Text("全科", "General practice"), "cardiology": Text("心内科", "Cardiology"),
    "endocrinology": Text("内分泌科", "Endocrinology"), "respiratory": Text("呼吸科", "Respiratory"),
    "gastroenterology": Text("消化科", "Gastroenterology"), "hepatology": Text("肝病科", "Hepatology"),
    "neurology": Text("神经内科", "Neurology"), "nephrology": Text("肾内科", "Nephrology"),
    "hematology": Text("血液科", "Haematology"), "rheumatology": Text("风湿免疫科", "Rheumatology"),
    "infectious": Text("感染科", "Infectious diseases"), "dermatology": Text("皮肤科", "Dermatology"),
    "gynecology": Text("妇科", "Gynaecology"), "obstetrics": Text("产科", "Obstetrics"),
    "pediatrics": Text("儿科", "Paediatrics"), "orthopedics": Text("骨科", "Orthopaedics"),
    "psychiatry": Text("精神科", "Psychiatry"), "oncology": Text("肿瘤科", "Oncology"),
    "tcm": Text("中医科", "Chinese medicine"), "nutrition": Text("营养科", "Nutrition"),
    "urology": Text("泌尿外科", "Urology"), "ent": Text("耳鼻喉科", "Ear, nose and throat"),
    "ophthalmology": Text("眼科", "Ophthalmology"), "dental": Text("口腔科", "Dental"),
}  # fmt: skip
_PROVINCES = {
    "北京市": "Beijing",
    "天津市": "Tianjin",
    "河北省": "Hebei",
    "山西省": "Shanxi",
    "内蒙古自治区": "Inner Mongolia",
    "辽宁省": "Liaoning",
    "吉林省": "Jilin",
    "黑龙江省": "Heilongjiang",
    "上海市": "Shanghai",
    "江苏省": "Jiangsu",
    "浙江省": "Zhejiang",
    "安徽省": "Anhui",
    "福建省": "Fujian",
    "江西省": "Jiangxi",
    "山东省": "Shandong",
    "河南省": "Henan",
    "湖北省": "Hubei",
    "湖南省": "Hunan",
    "广东省": "Guangdong",
    "广西壮族自治区": "Guangxi",
    "海南省": "Hainan",
    "重庆市": "Chongqing",
    "四川省": "Sichuan",
    "贵州省": "Guizhou",
    "云南省": "Yunnan",
    "西藏自治区": "Tibet",
    "陕西省": "Shaanxi",
    "甘肃省": "Gansu",
    "青海省": "Qinghai",
    "宁夏回族自治区": "Ningxia",
    "新疆维吾尔自治区": "Xinjiang",
    "台湾省": "Taiwan",
    "香港特别行政区": "Hong Kong",
    "澳门特别行政区": "Macau",
}
_LEVELS = {"high": Text("高", "high"), "middle": Text("中", "middle"), "low": Text("低", "low")}
_PARTS_OF_DAY = {
    "night": Text("夜间", "night"), "dawn": Text("清晨", "early morning"), "peak": Text("早高峰", "8 to 9"),
    "forenoon": Text("上午", "forenoon"), "lunch": Text("午间", "lunch"), "afternoon": Text("下午", "afternoon"),
    "evening": Text("晚间", "evening"),
}  # fmt: skip
_CODES = {
    **CHANNELS, **DEPARTMENTS, **_LEVELS, **_PARTS_OF_DAY,
    "female": Text("女", "female"), "male": Text("男", "male"),
    "alpha": Text("α 世代", "generation alpha"), "gen_z": Text("Z 世代", "generation Z"),
    "millennial": Text("千禧一代", "millennial"), "gen_x": Text("X 世代", "generation X"),
    "retired": Text("退休", "retired"), "factory_worker": Text("工人", "factory worker"),
    "office_worker": Text("职员", "office worker"), "medical_staff": Text("医务人员", "medical staff"),
    "homemaker": Text("家务", "homemaker"), "civil_servant": Text("公务员", "civil servant"),
    "teacher": Text("教师", "teacher"), "courier": Text("快递骑手", "courier"), "student": Text("学生", "student"),
    "self_employed": Text("个体经营", "self-employed"),
    "new_first": Text("新一线", "new first tier"), "second": Text("二线", "second tier"),
    "north_cold": Text("北方严寒", "cold north"), "north_temperate": Text("北方温带", "temperate north"),
    "north_arid": Text("北方干旱", "arid north"), "south_humid": Text("南方湿润", "humid south"),
    "south_tropical": Text("南方热带", "tropical south"), "plateau": Text("高原", "plateau"),
    "ordinary": Text("普通", "ordinary"), "gold": Text("金卡", "gold"),
    "app_store": Text("应用商店", "app store"), "offline": Text("线下", "offline"),
    "organic": Text("自然流量", "organic"),
    "app": Text("App", "app"), "mini_program": Text("小程序", "mini program"), "web": Text("网页", "web"),
    "text": Text("图文", "text and pictures"), "voice": Text("语音", "voice"), "video": Text("视频", "video"),
    "home": Text("首页", "home page"), "search": Text("搜索", "search"), "doctor": Text("医生主页", "doctor's page"),
    "payment": Text("支付", "payment"),
    "awareness": Text("认知", "awareness"), "decision": Text("决策", "decision"), "use": Text("使用", "use"),
    "loyalty": Text("忠诚", "loyalty"),
    "active": Text("活跃", "active"), "core": Text("核心", "core"), "lost": Text("流失", "lost"),
    "medicine": Text("药品", "medicine"), "consultation": Text("问诊", "consultation"),
    "package": Text("套餐", "package"), "goods": Text("商品", "goods"), "service": Text("服务", "service"),
    "trying": Text("备孕", "trying"), "pregnant": Text("孕期", "pregnant"), "postnatal": Text("产后", "post-natal"),
    "short": Text("短", "short"), "long": Text("长", "long"), "deep": Text("深", "deep"),
    "self": Text("本人", "themselves"), "child": Text("子女", "a child"), "parent": Text("父母", "a parent"),
    "spouse": Text("配偶", "a spouse"),
    "essential": Text("原发性", "essential"), "secondary": Text("继发性", "secondary"),
    "with_heart_disease": Text("合并心脏病", "with heart disease"),
    "with_kidney_disease": Text("合并肾病", "with kidney disease"),
    "with_heart_and_kidney_disease": Text("合并心肾病", "with heart and kidney disease"),
    "type_1": Text("1 型", "type 1"), "type_2": Text("2 型", "type 2"),
    "malnutrition": Text("营养不良相关", "of malnutrition"), "not_stated": Text("未分型", "not stated"),
    "diagnosis": Text("诊断", "diagnosis"), "operation": Text("手术", "operation"),
    "check_up": Text("体检", "check-up"), "hypertension": Text("高血压", "hypertension"),
    "diabetes": Text("糖尿病", "diabetes"), "asthma": Text("哮喘", "asthma"),
    "coronary_disease": Text("冠心病", "coronary disease"),
    "champion": Text("重要价值", "champion"), "loyal": Text("忠诚客户", "loyal"),
    "big_spender": Text("高额客户", "big spender"), "recent": Text("近期新购", "recent buyer"),
    "fading": Text("逐渐沉寂", "fading"), "hibernating": Text("休眠客户", "hibernating"),
    "must_not_lose": Text("重要挽留", "must not be lost"),
    "high_value_leaving": Text("高额流失中", "of high value and leaving"),
    "newcomer": Text("新来者", "newcomer"), "regular_care": Text("常规照护", "regular care"),
    "high_value_active": Text("高价值活跃", "of high value and active"),
    "lapsed_value": Text("高价值流失", "of value and lapsed"), "silent_churning": Text("沉默流失", "silent"),
    "hand_foot_mouth": Text("手足口", "hand, foot and mouth disease"), "yes": Text("是", "yes"),
    "no": Text("否", "no"), "never": Text("从不", "never"), "former": Text("曾经", "formerly"),
    "influenza": Text("流感", "influenza"), "other": Text("其他", "other"),
    "health_education": Text("健康科普", "health education"),
}  # fmt: skip
# Codes that mean another thing in another column.
_OF_COLUMN: dict[str, Mapping[str, Text]] = {
    "value_tier": VALUE_TIERS,
    "province_name": {zh: Text(zh, en) for zh, en in _PROVINCES.items()},
    "generation": {"silver": Text("银发一代", "silver generation")},
    "membership_level": {"silver": Text("银卡", "silver")},
    "points_level": {"silver": Text("银卡", "silver")},
    "city_tier": {"first": Text("一线", "first tier"), "other": Text("其他城市", "other city")},
    "pregnancy_trimester": {
        "first": Text("孕早期", "first"), "second": Text("孕中期", "second"), "third": Text("孕晚期", "third"),
    },
    "community_role": {"potential": Text("潜在", "potential")},
}  # fmt: skip
_FIFTHS = {"r": Text("最近度", "recency"), "f": Text("频率", "frequency"), "m": Text("金额", "money")}
YES = Text("是", "yes")


@dataclass(frozen=True)
class Words:
    """How columns and values are written; `names` are those of conf, `symptoms` those of conf/symptoms.yml."""

    names: FeatureNames
    symptoms: Mapping[str, Text]

    @classmethod
    def of(cls, conf: Path) -> Words:
        symptoms = ConfFile(conf / "symptoms.yml").data["symptoms"]
        return cls(load_feature_names(conf), {s["code"]: Text(s["name"]["zh"], s["name"]["en"]) for s in symptoms})

    def column(self, name: str) -> Text:
        """A column's name in words, without which its code must do."""
        found = self.names.full(name)
        return Text(*found) if found else same(name)

    def code(self, code: str, column: str = "") -> Text:
        """A code in words, as the column means it."""
        own = _OF_COLUMN.get(column, {}).get(code)
        return own or _CODES.get(code) or self.symptoms.get(code) or same(code)

    def value(self, column: str, value: Any) -> Text:
        """What a column holds, with its unit."""
        if isinstance(value, list | tuple):
            return joined([self.code(str(v), column) for v in value[:3]], "、") + same("…" if len(value) > 3 else "")
        if isinstance(value, bool):
            return YES if value else Text("否", "no")
        if isinstance(value, date | datetime):
            return same(f"{value:%Y-%m-%d}")
        if isinstance(value, int | float | Decimal):
            return self._number(column, float(value))
        return self.code(str(value), column)

    def _number(self, column: str, value: float) -> Text:
        declared = COLUMNS[column]
        parts = column.split("_")
        if ("share" in parts or "probability" in parts) and declared.type == "double":
            return same(percent(value, 0))
        if declared.unit == "yuan":
            return same(yuan(value))
        unit_zh, unit_en = self.names.units.get(declared.unit or "", ("", ""))
        told = str(int(value)) if "year" in parts else number(value, 0 if value == int(value) else 1)
        return Text(f"{told} {unit_zh}".rstrip(), told if column.startswith("days_") else f"{told} {unit_en}".rstrip())

    def fact(self, fact: Fact) -> Text:
        """One piece of evidence; of a plain yes the column's name says it all."""
        name = self.column(fact.column)
        if fact.value is True:
            return name
        said = name + same(" ") + self.value(fact.column, fact.value)
        if fact.bound is None:
            return said
        bar = self.value(fact.column, fact.bound)
        return said + Text(f"（{fact.sign}{bar.zh.split()[0]}）", f" ({fact.sign} {bar.en.split()[0]})")

    def tag_value(self, value: str, column: str) -> Text:
        """What a tag says beside its name; nothing where it can only hold."""
        if value == "yes":
            return Text("", "")
        if value[:1] in _FIFTHS and value[1:].isdigit():
            return _FIFTHS[value[0]] + same(f" {value[1:]}/5")
        return self.code(value, column)
