"""What is known of a user's own health."""

from schemas.table import Check, Column, Table
from schemas.windows import USER_KEY, days_since

# ICD-10 ranges as pairs of first and last three-character category.
CONDITIONS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "hypertension": ("High blood pressure", (("I10", "I15"),)),
    "diabetes": ("Diabetes", (("E10", "E14"),)),
    "coronary_disease": ("Ischaemic heart disease", (("I20", "I25"),)),
    "stroke": ("Stroke and its sequels", (("I60", "I69"),)),
    "dyslipidemia": ("Disorders of blood fats", (("E78", "E78"),)),
    "gout": ("Gout", (("M10", "M10"),)),
    "thyroid_disease": ("Disorders of the thyroid", (("E00", "E07"),)),
    "asthma": ("Asthma", (("J45", "J46"),)),
    "copd": ("Chronic bronchitis, emphysema, COPD", (("J41", "J44"),)),
    "allergic_rhinitis": ("Allergic rhinitis", (("J30", "J30"),)),
    "gastritis": ("Gastritis, ulcer, dyspepsia", (("K25", "K30"),)),
    "hepatitis_b": ("Chronic viral hepatitis", (("B18", "B18"),)),
    "kidney_disease": ("Chronic kidney disease", (("N18", "N19"),)),
    "arthritis": ("Arthritis and arthrosis", (("M05", "M06"), ("M15", "M19"))),
    "insomnia": ("Sleep disorder, organic or not stated", (("G47", "G47"),)),
    "migraine": ("Migraine and headache syndromes", (("G43", "G44"),)),
    "back_pain": ("Neck and back disorders", (("M50", "M54"),)),
    "eczema": ("Eczema and dermatitis", (("L20", "L30"),)),
    "hair_loss": ("Hair loss", (("L63", "L65"),)),
    "fatigue": ("Malaise and fatigue", (("R53", "R53"),)),
}
CHRONIC_CONDITIONS = (
    "hypertension", "diabetes", "coronary_disease", "stroke", "dyslipidemia", "gout", "thyroid_disease", "asthma",
    "copd", "hepatitis_b", "kidney_disease", "arthritis",
)  # fmt: skip
# Never to be marketed to: see domain.md, the law and the ethics.
SENSITIVE_CONDITIONS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "mental_condition": ("Mental and behavioural disorders", (("F00", "F99"),)),
    "hiv_or_std": ("HIV or a sexually transmitted disease", (("A50", "A64"), ("B20", "B24"))),
    "cancer": ("Malignant neoplasms", (("C00", "C97"),)),
    "pregnancy_loss": ("Pregnancy with abortive outcome", (("O00", "O08"),)),
}
# The classes of medicine that only those with a disease take for long: a second source beside its diagnosis.
CONDITION_DRUG_CLASSES: dict[str, tuple[str, ...]] = {
    "hypertension": ("antihypertensive",),
    "diabetes": ("antidiabetic",),
    "asthma": ("antiasthmatic",),
    "dyslipidemia": ("lipid_lowering",),
    "gout": ("antigout",),
}
# Sub-types of a disease by the start of the ICD-10 code, without its point; the longest start that fits.
DISEASE_SUBTYPES: dict[str, dict[str, str]] = {
    "hypertension": {"I10": "essential", "I11": "with_heart_disease", "I12": "with_kidney_disease",
                     "I13": "with_heart_and_kidney_disease", "I15": "secondary"},
    "diabetes": {"E10": "type_1", "E11": "type_2", "E12": "malnutrition", "E13": "other", "E14": "not_stated"},
}  # fmt: skip
# Complications as the fourth character of E10 to E14 says: all but coma, ketoacidosis, "not stated" and "without".
DIABETES_COMPLICATED = "^E1[0-4][.]?[2-8]"
# Words by which an entry of the record is of a kind; what has none of them is of none.
ALLERGY_WORDS: dict[str, tuple[str, ...]] = {
    "drug": ("青霉素", "头孢", "磺胺", "阿司匹林", "布洛芬", "霉素", "沙星", "麻药", "碘", "药"),
    "food": ("海鲜", "虾", "蟹", "鱼", "花生", "坚果", "牛奶", "鸡蛋", "芒果", "小麦", "大豆"),
    "pollen": ("花粉", "尘螨", "蒿", "柳絮", "霉菌", "猫", "狗毛"),
}
OPERATION_WORDS: dict[str, tuple[str, ...]] = {
    "heart": ("支架", "搭桥", "瓣膜", "起搏器", "心脏"),
    "caesarean": ("剖宫产", "剖腹产"),
    "bone": ("骨折", "关节", "置换", "内固定", "椎间盘"),
    "abdominal": ("阑尾", "胆囊", "疝", "胃切除", "肠"),
}
LIFE_STAGES = ("trying", "pregnant", "postnatal")
TRIMESTERS = ("first", "second", "third")
SENSITIVE_DRUG_CLASSES = ("antidepressant", "antipsychotic", "antiretroviral", "antineoplastic")
FERTILITY_STATES = ("trying", "pregnant", "postnatal", "lost", "none")
CHECK_UP_ITEMS = {
    "fasting_glucose": "mmol/L",
    "hba1c": "%",
    "total_cholesterol": "mmol/L",
    "ldl_cholesterol": "mmol/L",
    "triglyceride": "mmol/L",
    "uric_acid": "umol/L",
    "creatinine": "umol/L",
    "alt": "U/L",
    "body_mass_index": "kg/m2",
}


def check_up_column(item: str) -> str:
    """The column that holds the last value of a check-up item: its name and its unit."""
    unit = CHECK_UP_ITEMS[item].lower().replace("%", "percent").replace("/", "_")
    return f"{item}_{unit}"


def _flag(name: str, meaning: str) -> Column:
    return Column(name, "boolean", meaning, nullable=False, sensitivity="health")


def _fact(name: str, type_: str, meaning: str, unit: str | None = None) -> Column:
    return Column(name, type_, meaning, unit, sensitivity="health")


def _number(name: str, meaning: str, unit: str) -> Column:
    return Column(name, "int", meaning, unit, nullable=False, sensitivity="health")


def _list(name: str, meaning: str) -> Column:
    return Column(name, "array<string>", meaning, nullable=False, sensitivity="health")


def _condition(code: str, text: str) -> tuple[Column, Column]:
    return (
        _flag(f"has_{code}", f"{text}: ever diagnosed in the user."),
        _fact(f"{code}_last_date", "date", f"{text}: day of the last diagnosis."),
    )


USER_HEALTH = Table(
    "feature.user_health",
    "What is known of a user's own health: only what names the holder as the patient counts. All known history, "
    "unless a window is named.",
    ("user_id", "as_of_date"),
    (
        *USER_KEY,
        *(c for code, (text, _) in CONDITIONS.items() for c in _condition(code, text)),
        _number("chronic_condition_count", f"How many of: {', '.join(CHRONIC_CONDITIONS)}.", "conditions"),
        *(c for code, (text, _) in SENSITIVE_CONDITIONS.items() for c in _condition(code, text)),
        _flag("has_recorded_loss", "The record ever named a lost pregnancy."),
        _flag("has_sensitive_medicine", f"Ever prescribed one of: {', '.join(SENSITIVE_DRUG_CLASSES)}."),
        _flag("has_sensitive_condition", "Any of those conditions, such a record or such a medicine."),
        _fact("last_icd10_code", "string", "Last diagnosis, the main one of its moment."),
        _fact("last_diagnosis_date", "date", "Its day."),
        _number("diagnosis_count_180d", "Diagnoses, last 180 days.", "diagnoses"),
        _list("icd10_categories_180d", "Three-character categories diagnosed, last 180 days."),
        _list("drug_classes_180d", "Classes of drugs prescribed, last 180 days."),
        *(_flag(f"has_{c}_medicine", f"Prescribed {' or '.join(classes)} twice or more, at any time.")
          for c, classes in CONDITION_DRUG_CLASSES.items()),
        *(_fact(f"{c}_subtype", "string", f"Sub-type of the last diagnosis of it: {', '.join(kinds.values())}.")
          for c, kinds in DISEASE_SUBTYPES.items()),
        _flag("has_diabetic_complication", "A complication of diabetes was ever diagnosed (E10 to E14, .2 to .8)."),
        _fact("last_disease_180d", "string", "Three-character category of the last main diagnosis within 180 days; "
              "never one of a sensitive condition."),
        _number("prescription_count_90d", "Lines prescribed, last 90 days.", "lines"),
        _number("prescription_count_180d", "Lines prescribed, last 180 days.", "lines"),
        _number("refill_count_180d", "Lines that repeat an earlier prescription, last 180 days.", "lines"),
        days_since("prescription", "Days since the last line prescribed", 180, "health"),
        _fact("days_covered_share_180d", "double", "Proportion of days covered (PDC, as the Pharmacy Quality Alliance "
              "defines it: early refills are carried on): mean over the drug classes with a supply of 14 days or more, "
              "each from its first line in the last 180 days to the as-of day."),
        *(_fact(f"{c}_days_covered_share_180d", "double", "The same of the medicines for it alone.")
          for c in CONDITION_DRUG_CLASSES),
        _fact("medicine_days_left", "int", "Days of supply left of the first of those classes to run out; negative: "
              "ran out so many days ago. Classes that ran out more than 30 days ago are taken for ended.", "days"),
        _list("allergies", "What the user is allergic to."),
        _flag("has_allergy", "Allergic to anything."),
        *(_flag(f"has_{kind}_allergy", f"An allergy is one of: {', '.join(words)}.")
          for kind, words in ALLERGY_WORDS.items()),
        _list("operations", "Operations undergone."),
        *(_flag(f"has_{kind}_operation", f"An operation is one of: {', '.join(words)}.")
          for kind, words in OPERATION_WORDS.items()),
        _fact("last_operation_date", "date", "Day of the last of them."),
        _list("family_history", "Diseases in the family."),
        _fact("smoking_state", "string", "Last statement on smoking, as recorded."),
        _fact("drinking_state", "string", "Last statement on drinking, as recorded."),
        _fact("fertility_state", "string", "Last statement: trying, pregnant, postnatal, lost or none."),
        _fact("fertility_state_date", "date", "Day of the last statement."),
        _fact("life_stage", "string", "Trying, pregnant or postnatal as of the day: by the newest statement or "
              "diagnosis, moved on by the calendar; empty where that is too old to be believed, and after a loss."),
        _fact("life_stage_date", "date", "Day of that statement or diagnosis."),
        _fact("pregnancy_week", "int", "Completed weeks, from the week last stated in the record.", "weeks"),
        _fact("pregnancy_trimester", "string", "first to week 13, second to week 27, third."),
        *(_fact(check_up_column(item), "double", f"Last check-up value of {item.replace('_', ' ')}.", unit)
          for item, unit in CHECK_UP_ITEMS.items()),
        _fact("last_check_up_date", "date", "Day of the last check-up value of any kind."),
        _flag("is_pre_diabetic", "No diabetes diagnosed, and last fasting glucose 6.1 to 6.9 mmol/L or HbA1c 6.0 to "
              "6.4 % (WHO 2006; International Expert Committee 2009)."),
        _flag("has_diabetic_check_up", "No diabetes diagnosed, and last fasting glucose 7.0 mmol/L or more, or HbA1c "
              "6.5 % or more (WHO 2006, 2011): to be confirmed."),
        _number("family_diagnosis_count_180d", "Diagnoses of other patients that the user consulted for, last 180 "
                "days.", "diagnoses"),
        _flag("has_child_patient_180d", "A child was diagnosed or prescribed for through the user's accounts, last "
              "180 days."),
    ),
    slice_by="as_of_date",
    partition_by=("as_of_date",),
    checks=(
        Check("between", "days_covered_share_180d", min=0, max=1),
        Check("in_set", "fertility_state", severity="warn", values=FERTILITY_STATES),
        Check("between", "days_since_last_prescription", min=0, max=180),
        Check("in_set", "life_stage", values=LIFE_STAGES),
        Check("in_set", "pregnancy_trimester", values=TRIMESTERS),
        Check("between", "pregnancy_week", min=0, max=39),
    ),
)  # fmt: skip
