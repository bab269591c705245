"""How each of the hospital's systems writes: file, columns, codes and units of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from models.hospital.columns import Coded, Moment, Number, Plain, Rows

Format = Literal["json_lines", "csv", "parquet"]


@dataclass(frozen=True)
class Shape:
    """One export: `columns` maps their name to ours, in their order; a dot makes a nested JSON object.

    `codes`: their word for each of ours, by our column. `scale`: their number is ours times it. `times`: style of
    the moments, by our column or `*`. `parts`: mapping files that read the same file, each its own fields.
    `sparse`: their columns that a JSON object leaves out when absent.
    """

    feed: str
    stem: str
    format: Format
    columns: Mapping[str, str]
    encoding: str = "utf-8"
    delimiter: str = ","
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=lambda: {"*": "epoch_ms"})
    parts: tuple[str, ...] = ("",)
    sparse: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        return {"json_lines": "jsonl", "csv": "csv", "parquet": "parquet"}[self.format]

    def theirs(self, ours: str) -> str:
        return next(name for name, column in self.columns.items() if column == ours)


def shaped(shape: Shape, rows: Rows) -> Rows:
    """Our columns in the export's names, words and units."""
    return {theirs: _column(shape, ours, rows[ours]) for theirs, ours in shape.columns.items()}


def _column(shape: Shape, ours: str, column: Plain) -> Plain:
    if isinstance(column, Coded) and ours in shape.codes:
        words = shape.codes[ours]
        return Coded(tuple(words.get(word, word) for word in column.pool), column.index)
    if isinstance(column, Moment):
        return replace(column, style=shape.times.get(ours, shape.times.get("*", "epoch_ms")))
    if isinstance(column, Number) and ours in shape.scale:
        return Number(np.round(np.asarray(column.value, dtype=np.float64) * shape.scale[ours]), 0)
    return column


_SLASHED, _DASHED, _COMPACT = "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S"
_SEX_GB = {"male": "1", "female": "2", "unknown": "0"}  # GB/T 2261.1
_SEX_ZH = {"male": "男", "female": "女", "unknown": "未知"}
_RELATION_ZH = {
    "self": "本人",
    "child": "子女",
    "parent": "父母",
    "spouse": "配偶",
    "other": "其他",
    "unknown": "未说明",
}
_RELATION_CODE = {"self": "0", "child": "1", "parent": "2", "spouse": "3", "other": "8", "unknown": "9"}
_DEPARTMENT_ZH = {
    "general": "全科", "cardiology": "心内科", "endocrinology": "内分泌科", "respiratory": "呼吸科",
    "gastroenterology": "消化科", "hepatology": "肝病科", "neurology": "神经内科", "nephrology": "肾内科",
    "hematology": "血液科", "rheumatology": "风湿免疫科", "infectious": "感染科", "dermatology": "皮肤科",
    "gynecology": "妇科", "obstetrics": "产科", "pediatrics": "儿科", "orthopedics": "骨科", "psychiatry": "精神科",
    "oncology": "肿瘤科", "tcm": "中医科", "nutrition": "营养科", "urology": "泌尿外科", "ent": "耳鼻喉科",
    "ophthalmology": "眼科", "dental": "口腔科",
}  # fmt: skip

SHAPES = (
    Shape(
        "account", "account", "csv",
        {"user_no": "account_token", "reg_time": "registered_at", "upd_time": "updated_at", "src": "channel",
         "mobile": "phone_token", "id_no": "id_card_token", "wx_openid": "openid_token", "wx_unionid": "unionid_token",
         "card_no": "hospital_card_token", "real_name": "name_token", "addr": "address_token", "birthday": "birth_date",
         "gender": "sex", "job": "occupation", "area": "region_code", "income": "income_band",
               "lvl": "membership_level",
         "state": "status", "merged_to": "merged_into_token"},
        encoding="utf-8-sig",
        codes={"channel": {"app_store": "APPSTORE", "search_ad": "SEM", "feed_ad": "FEED", "referral": "INVITE",
                           "offline": "OFFLINE", "wechat": "WX", "organic": "ORG"},
               "sex": _SEX_GB, "income_band": {"low": "L", "middle": "M", "high": "H"},
               "membership_level": {"ordinary": "V0", "silver": "V1", "gold": "V2"},
               "status": {"open": "1", "closed": "0", "test": "T"}},
        times={"*": _DASHED},
    ),
    Shape(
        "family_binding", "family", "csv",
        {"user_no": "account_token", "member_no": "member_token", "rel": "relation", "birthday": "member_birth_date",
         "gender": "member_sex", "guardian": "is_guardian", "op": "action", "op_time": "bound_at"},
        delimiter=";",
        codes={"relation": _RELATION_CODE, "member_sex": _SEX_GB, "action": {"bind": "ADD", "unbind": "DEL"}},
        times={"*": _COMPACT},
    ),
    Shape(
        "consultation", "wenzhen", "csv",
        {"就诊单号": "consultation_id", "用户编号": "account_token", "就诊人编号": "patient_token",
         "与用户关系": "patient_relation", "年龄": "patient_age", "性别": "patient_sex", "科室": "department",
         "问诊方式": "form", "医生工号": "doctor_id", "提问时间": "asked_at", "接诊时间": "accepted_at",
         "首次回复时间": "first_reply_at", "结束时间": "closed_at", "提问次数": "question_count",
               "主诉": "chief_complaint",
         "费用(分)": "fee_yuan", "评分": "rating", "状态": "status"},
        encoding="gb18030", scale={"fee_yuan": 100},
        codes={"patient_relation": _RELATION_ZH, "patient_sex": _SEX_ZH, "department": _DEPARTMENT_ZH,
               "form": {"text": "图文", "voice": "语音", "video": "视频"},
               "status": {"closed": "已完成", "cancelled": "已取消", "refused": "已拒诊"}},
        times={"*": _SLASHED},
    ),
    Shape(
        "diagnosis", "diagnosis", "csv",
        {"diag_no": "diagnosis_id", "visit_no": "consultation_id", "user_no": "account_token",
         "member_no": "patient_token", "rel": "patient_relation", "icd": "icd10_code", "main_flag": "is_primary",
         "diag_time": "diagnosed_at"},
        codes={"patient_relation": _RELATION_CODE}, times={"*": _DASHED},
    ),
    Shape(
        "prescription", "rx", "csv",
        {"line_no": "prescription_line_id", "visit_no": "consultation_id", "user_no": "account_token",
         "member_no": "patient_token", "rel": "patient_relation", "drug": "drug_code", "class": "drug_class",
         "usage": "dose", "days": "days_supply", "refill": "is_refill", "time": "prescribed_at"},
        encoding="gb18030", delimiter="\t", codes={"patient_relation": _RELATION_CODE}, times={"*": _DASHED},
    ),
    Shape(
        "health_record", "record", "json_lines",
        {"id": "record_id", "user.no": "account_token", "user.member": "patient_token", "user.rel": "patient_relation",
         "type": "kind", "name": "item", "val": "value", "unit": "unit", "at": "recorded_at"},
        codes={"patient_relation": _RELATION_CODE}, times={"*": "epoch_s"},
    ),
    Shape(
        "order_line", "orders", "parquet",
        {"order_sn": "order_id", "row_no": "line_no", "buyer": "account_token", "type": "line_kind", "cat": "item_kind",
         "sku": "item_code", "qty": "quantity", "amount_fen": "amount_yuan", "coupon_fen": "coupon_yuan",
         "visit_no": "consultation_id", "pay_time": "ordered_at"},
        scale={"amount_yuan": 100, "coupon_yuan": 100}, codes={"line_kind": {"sale": "S", "refund": "R"}},
        times={"*": _DASHED},
    ),
    Shape(
        "event", "event", "json_lines",
        {"evt_id": "event_id", "uid": "account_token", "did": "device_token", "sid": "session_id", "evt": "event_name",
         "plat": "platform", "ts": "event_at", "dwell_ms": "dwell_seconds", "kw": "search_words", "url": "target_id",
         "topic": "topic", "ver": "app_version"},
        scale={"dwell_seconds": 1000},
        codes={"platform": {"app": "APP", "mini_program": "XCX", "web": "H5"}}, sparse=("topic", "subject", "net"),
    ),
    Shape(
        "device_reading", "meter", "json_lines",
        {"uid": "account_token", "dev.sn": "device_token", "m": "metric", "v": "value", "u": "unit",
              "t": "measured_at"},
        codes={"metric": {"glucose": "GLU", "heart_rate": "HR", "steps": "STEP", "sleep": "SLP", "weight": "WT",
                          "spo2": "SPO2"}},
        times={"*": "epoch_s"},
    ),
    Shape(
        "device_reading", "bp", "json_lines",
        {"uid": "account_token", "dev.sn": "device_token", "sys": "systolic", "dia": "diastolic", "u": "unit",
         "t": "measured_at"},
        times={"*": "epoch_s"}, parts=("systolic", "diastolic"),
    ),
    Shape(
        "review", "pingjia", "csv",
        {"评价编号": "review_id", "用户编号": "account_token", "对象": "subject", "医生工号": "doctor_id",
         "就诊单号": "consultation_id", "星级": "rating", "内容": "text", "评价时间": "reviewed_at"},
        encoding="gb18030", codes={"subject": {"doctor": "医生", "service": "服务"}}, times={"*": _SLASHED},
    ),
    Shape(
        "invitation", "invite", "json_lines",
        {"id": "invitation_id", "from": "account_token", "act": "action", "to": "invitee_token", "via": "channel",
         "ts": "acted_at"},
    ),
    Shape(
        "community_act", "group", "json_lines",
        {"id": "act_id", "uid": "account_token", "act": "action", "gid": "group_id", "txt": "text", "ts": "acted_at"},
    ),
    Shape(
        "nps_answer", "nps", "csv",
        {"id": "answer_id", "uid": "account_token", "score": "score", "comment": "comment", "time": "answered_at"},
        times={"*": _DASHED},
    ),
    Shape(
        "complaint", "tousu", "csv",
        {"投诉编号": "complaint_id", "用户编号": "account_token", "类型": "kind", "内容": "text",
              "办结时间": "resolved_at",
         "投诉时间": "complained_at"},
        encoding="gb18030",
        codes={"kind": {"slow_reply": "回复慢", "attitude": "服务态度", "fee": "费用", "medicine": "药品",
              "privacy": "隐私",
                        "medical_accident": "医疗事故", "other": "其他"}},
        times={"*": _SLASHED},
    ),
    Shape(
        "mention", "mention", "json_lines",
        {"id": "mention_id", "media": "media", "topic": "topic", "score": "sentiment", "reach": "reach", "txt": "text",
         "ts": "mentioned_at"},
        times={"*": "epoch_s"},
    ),
    Shape(
        "consent", "consent", "csv",
        {"stmt_no": "consent_id", "user_no": "account_token", "purpose": "purpose", "data": "data_class",
         "channel": "channel", "agree": "is_granted", "text_ver": "text_version", "guardian": "guardian_token",
         "valid_to": "expires_at", "stated": "stated_at"},
        encoding="utf-8-sig",
        codes={"purpose": {"care": "CARE", "research": "RESEARCH", "marketing": "MKT", "sharing": "SHARE"}},
        times={"*": _DASHED},
    ),
    Shape(
        "campaign_touch", "touch", "parquet",
        {"touch": "touch_id", "camp": "campaign_id", "uid": "account_token", "did": "device_token", "ch": "channel",
         "act": "action", "cost_li": "cost_yuan", "ts": "touched_at"},
        scale={"cost_yuan": 1000}, times={"*": "epoch_s"},
    ),
    Shape(
        "experiment_arm", "arm", "csv",
        {"exp": "experiment_id", "uid": "account_token", "arm": "arm", "time": "assigned_at"}, times={"*": _DASHED},
    ),
    Shape(
        "environment", "weather", "csv",
        {"prov": "region_code", "date": "observed_date", "temp": "temperature_c", "rh": "humidity",
         "epidemic": "epidemic", "level": "alert_level"},
        codes={"epidemic": {"none": "无", "influenza": "流感", "hand_foot_mouth": "手足口病", "dengue": "登革热",
              "pollen": "花粉"}},
    ),
)  # fmt: skip
BY_STEM = {shape.stem: shape for shape in SHAPES}
