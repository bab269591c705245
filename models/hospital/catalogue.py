"""Places, conditions and needs that the simulated people live with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Season = Literal["none", "spring", "summer", "winter", "winter_mild"]
Epidemic = Literal["none", "influenza", "hand_foot_mouth", "dengue", "pollen"]


@dataclass(frozen=True)
class Region:
    """A city: code by GB/T 2260, tier 1 to 4, climate, share of users, mean temperature in January and July."""

    code: str
    name: str
    tier: int
    north: bool
    weight: float
    january_c: float
    july_c: float


REGIONS = (
    Region("110105", "北京市朝阳区", 1, True, 9, -3, 27),
    Region("310115", "上海市浦东新区", 1, False, 9, 5, 29),
    Region("440106", "广东省广州市天河区", 1, False, 8, 14, 29),
    Region("440305", "广东省深圳市南山区", 1, False, 6, 16, 29),
    Region("330106", "浙江省杭州市西湖区", 2, False, 6, 5, 29),
    Region("320102", "江苏省南京市玄武区", 2, False, 5, 3, 28),
    Region("510107", "四川省成都市武侯区", 2, False, 6, 6, 26),
    Region("420106", "湖北省武汉市武昌区", 2, False, 5, 4, 29),
    Region("610113", "陕西省西安市雁塔区", 2, True, 4, 0, 27),
    Region("210102", "辽宁省沈阳市和平区", 2, True, 4, -11, 25),
    Region("370102", "山东省济南市历下区", 2, True, 5, -1, 28),
    Region("500112", "重庆市渝北区", 2, False, 4, 8, 29),
    Region("410105", "河南省郑州市金水区", 2, True, 5, 1, 27),
    Region("350203", "福建省厦门市思明区", 3, False, 3, 13, 28),
    Region("230103", "黑龙江省哈尔滨市南岗区", 3, True, 3, -18, 23),
    Region("360111", "江西省南昌市青山湖区", 3, False, 3, 6, 29),
    Region("530102", "云南省昆明市五华区", 3, False, 3, 9, 20),
    Region("130102", "河北省石家庄市长安区", 3, True, 4, -2, 27),
    Region("451302", "广西壮族自治区来宾市兴宾区", 4, False, 3, 11, 28),
    Region("620102", "甘肃省兰州市城关区", 3, True, 2, -5, 23),
    Region("522301", "贵州省兴义市", 4, False, 2, 7, 23),
    Region("150102", "内蒙古呼和浩特市新城区", 3, True, 2, -11, 23),
)


@dataclass(frozen=True)
class Condition:
    """A lasting condition: its prevalence at 20 and at 70 years, women and men as a factor."""

    code: str
    icd10: str
    at_20: float
    at_70: float
    female: float = 1.0
    male: float = 1.0


# (order) Chinese adult prevalences, raised a little as users of an internet hospital are less healthy.
CONDITIONS = (
    Condition("hypertension", "I10", 0.04, 0.58),
    Condition("diabetes", "E11.9", 0.015, 0.24),
    Condition("asthma", "J45.9", 0.04, 0.06),
    Condition("insomnia", "G47.0", 0.10, 0.22, 1.2, 0.8),
    Condition("depression", "F32.9", 0.05, 0.04, 1.4, 0.7),
    Condition("breast_cancer", "C50.9", 0.001, 0.016, 1.0, 0.0),
    Condition("hiv", "B24", 0.002, 0.0005, 0.3, 1.7),
    Condition("hepatitis_b", "B18.1", 0.04, 0.05),
    Condition("allergic_rhinitis", "J30.1", 0.18, 0.08),
    Condition("coronary_disease", "I25.1", 0.002, 0.14, 0.8, 1.2),
    Condition("gastritis", "K29.5", 0.09, 0.16),
    Condition("gout", "M10.9", 0.01, 0.05, 0.3, 1.7),
)
CONDITION = {c.code: i for i, c in enumerate(CONDITIONS)}
SENSITIVE_CONDITIONS = ("depression", "breast_cancer", "hiv")


@dataclass(frozen=True)
class Topic:
    """What one may need a doctor for.

    `rate` is needs a day for somebody it concerns: owners of `condition`, those of `stage` (fertility),
    parents of a child (`child`), or people of that sex and age.
    """

    code: str
    department: str
    icd10: tuple[str, ...]
    rate: float
    symptoms: tuple[str, ...]
    drugs: tuple[tuple[str, str, str, int], ...] = ()
    condition: str = ""
    stage: str = ""
    child: bool = False
    sex: Literal["any", "female", "male"] = "any"
    ages: tuple[int, int] = (14, 100)
    season: Season = "none"
    epidemic: Epidemic = "none"
    chronic: bool = False
    sensitive: bool = False


_AMLODIPINE = ("RX0101", "antihypertensive", "5mg 每日一次", 28)
_METFORMIN = ("RX0201", "antidiabetic", "0.5g 每日两次", 28)
_IBUPROFEN = ("RX0301", "antipyretic", "0.2g 必要时", 5)
_OSELTAMIVIR = ("RX0302", "antiviral", "75mg 每日两次", 5)
_LORATADINE = ("RX0401", "antihistamine", "10mg 每晚一次", 14)
_BUDESONIDE = ("RX0402", "antiasthmatic", "吸入 每日两次", 28)
_OMEPRAZOLE = ("RX0501", "antacid", "20mg 每日一次", 14)
_ZOPICLONE = ("RX0601", "hypnotic", "7.5mg 睡前", 14)
_SERTRALINE = ("RX0602", "antidepressant", "50mg 每日一次", 28)
_FOLIC = ("RX0701", "vitamin", "0.4mg 每日一次", 31)
_CREAM = ("RX0801", "dermatological", "外用 每日两次", 10)
_FINASTERIDE = ("RX0802", "hair_loss", "1mg 每日一次", 28)
_TAMOXIFEN = ("RX0901", "antineoplastic", "10mg 每日两次", 28)
_ART = ("RX0902", "antiretroviral", "每日一次", 28)
_ENTECAVIR = ("RX0903", "antiviral", "0.5mg 每日一次", 28)
_ASPIRIN = ("RX0102", "antithrombotic", "100mg 每日一次", 28)
_FEBUXOSTAT = ("RX1001", "antigout", "40mg 每日一次", 28)
_HERBAL = ("RX1101", "herbal", "颗粒 每日三次", 7)
_DROPS = ("RX1201", "ophthalmological", "滴眼 每日四次", 10)

TOPICS = (
    Topic("cold", "respiratory", ("J06.9", "J00"), 0.0035, ("感冒", "咳嗽", "流鼻涕", "嗓子疼", "鼻塞"),
          (_HERBAL, _IBUPROFEN), season="winter"),
    Topic("influenza", "respiratory", ("J10.1",), 0.0012, ("发烧", "甲流", "浑身酸痛", "高烧不退", "畏寒"),
          (_OSELTAMIVIR, _IBUPROFEN), season="winter", epidemic="influenza"),
    Topic("child_fever", "pediatrics", ("J11.1", "R50.9"), 0.0075, ("发烧", "咳嗽", "流感", "拉肚子", "不吃饭"),
          (_IBUPROFEN,), child=True, season="winter", epidemic="influenza"),
    Topic("hand_foot_mouth", "pediatrics", ("B08.4",), 0.0020, ("手足口", "嘴里起泡", "手上红疹", "发热"),
          (), child=True, season="summer", epidemic="hand_foot_mouth"),
    Topic("pollen_allergy", "ent", ("J30.1",), 0.0080, ("过敏性鼻炎", "打喷嚏", "鼻子痒", "流清涕", "眼睛痒"),
          (_LORATADINE,), condition="allergic_rhinitis", season="spring", epidemic="pollen"),
    Topic("asthma", "respiratory", ("J45.9",), 0.0080, ("哮喘", "喘不上气", "胸闷", "夜里咳嗽"),
          (_BUDESONIDE,), condition="asthma", season="spring", epidemic="pollen", chronic=True),
    Topic("hypertension", "cardiology", ("I10",), 0.0085, ("高血压", "头晕", "血压高", "头胀", "降压药"),
          (_AMLODIPINE,), condition="hypertension", season="winter_mild", chronic=True),
    Topic("diabetes", "endocrinology", ("E11.9", "E11.4"), 0.0090, ("血糖高", "糖尿病", "口渴", "手脚发麻", "空腹血糖"),
          (_METFORMIN,), condition="diabetes", chronic=True),
    Topic("insomnia", "neurology", ("G47.0",), 0.0080, ("失眠", "睡不着", "早醒", "多梦"),
          (_ZOPICLONE,), condition="insomnia", chronic=True),
    Topic("depression", "psychiatry", ("F32.9", "F41.1"), 0.0080, ("情绪低落", "焦虑", "没兴趣", "心慌", "抑郁"),
          (_SERTRALINE,), condition="depression", chronic=True, sensitive=True),
    Topic("gastritis", "gastroenterology", ("K29.5", "K30"), 0.0070, ("胃疼", "反酸", "胃胀", "烧心", "恶心"),
          (_OMEPRAZOLE,), condition="gastritis"),
    Topic("heat", "general", ("T67.0",), 0.0010, ("中暑", "头晕", "恶心", "没力气"), (_HERBAL,), season="summer"),
    Topic("eczema", "dermatology", ("L20.9", "L30.9"), 0.0018, ("湿疹", "皮肤痒", "红疹", "起疙瘩"),
          (_CREAM,), season="summer"),
    Topic("hair_loss", "dermatology", ("L65.9",), 0.0012, ("脱发", "掉头发", "发际线"),
          (_FINASTERIDE,), sex="male", ages=(20, 45)),
    Topic("neck_pain", "orthopedics", ("M54.2", "M54.5"), 0.0016, ("颈椎疼", "腰疼", "肩膀酸", "手麻"), (_HERBAL,),
          ages=(22, 65)),
    Topic("trying", "gynecology", ("Z31.6",), 0.0130, ("备孕", "排卵", "叶酸", "孕前检查"), (_FOLIC,),
          stage="trying", sex="female"),
    Topic("pregnancy", "obstetrics", ("Z34.9", "O21.0"), 0.0160, ("怀孕", "孕吐", "产检", "胎动"), (_FOLIC,),
          stage="pregnant", sex="female"),
    Topic("postnatal", "obstetrics", ("Z39.2", "O92.7"), 0.0150, ("产后", "涨奶", "恶露", "母乳"), (),
          stage="postnatal", sex="female"),
    Topic("pregnancy_loss", "gynecology", ("O03.9",), 0.0150, ("流产", "胎停", "出血"), (), stage="lost",
          sex="female", sensitive=True),
    Topic("breast_cancer", "oncology", ("C50.9",), 0.0120, ("乳腺癌", "化疗", "术后复查", "乳房肿块"),
          (_TAMOXIFEN,), condition="breast_cancer", chronic=True, sensitive=True),
    Topic("hiv", "infectious", ("B24",), 0.0100, ("艾滋", "阻断药", "CD4", "病毒载量"), (_ART,), condition="hiv",
          chronic=True, sensitive=True),
    Topic("hepatitis_b", "hepatology", ("B18.1",), 0.0060, ("乙肝", "转氨酶高", "肝区疼", "表面抗原"), (_ENTECAVIR,),
          condition="hepatitis_b", chronic=True),
    Topic("menstrual", "gynecology", ("N92.6", "N94.6"), 0.0025, ("月经不调", "痛经", "推迟", "出血多"), (_HERBAL,),
          sex="female", ages=(14, 50)),
    Topic("fatigue", "tcm", ("R53",), 0.0015, ("没精神", "乏力", "气虚", "怕冷"), (_HERBAL,), ages=(25, 80)),
    Topic("check_up", "nutrition", ("Z00.0", "R73.0"), 0.0010, ("体检报告", "尿酸高", "血脂高", "减肥"), (),
          ages=(22, 80)),
    Topic("dry_eye", "ophthalmology", ("H04.1",), 0.0010, ("眼睛干", "视力模糊", "眼睛红"), (_DROPS,)),
    Topic("toothache", "dental", ("K08.8",), 0.0010, ("牙疼", "牙龈肿", "智齿")),
    Topic("coronary", "cardiology", ("I25.1",), 0.0090, ("胸口疼", "冠心病", "心悸", "支架术后"), (_ASPIRIN,),
          condition="coronary_disease", season="winter_mild", chronic=True),
    Topic("prostatitis", "urology", ("N41.1",), 0.0015, ("尿频", "尿急", "前列腺炎"), (), sex="male", ages=(22, 70)),
    Topic("gout", "rheumatology", ("M10.9",), 0.0080, ("痛风", "大脚趾疼", "关节肿", "尿酸"), (_FEBUXOSTAT,),
          condition="gout", chronic=True),
)  # fmt: skip
TOPIC = {t.code: i for i, t in enumerate(TOPICS)}
OCCUPATIONS = ("office_worker", "factory_worker", "teacher", "civil_servant", "self_employed", "student", "retired",
               "courier", "homemaker", "doctor")  # fmt: skip
OCCUPATIONS_ZH = ("公司职员", "工人", "教师", "公务员", "个体户", "学生", "退休", "快递员", "家庭主妇", "医护人员")
