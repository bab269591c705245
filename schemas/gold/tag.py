"""Tags: their history on users, the catalogue of their rules, and how many hold them on each day."""

from schemas.table import Check, Column, Table

LAYERS = ("basic", "need", "behaviour", "value")
# How a tag is computed, with what that is called in Chinese and English.
KIND_WORDS: dict[str, tuple[str, str]] = {
    "rule": ("规则：条件为真则持有", "A condition that is true or not"),
    "statistic": ("统计：取某一列的值", "What a column says"),
    "tier": ("分位：在全体合格用户中的位置", "A place among all who are eligible, by percentiles as of the day"),
    "preference": ("偏好：几列中最大者", "Which of several columns is largest"),
    "first": ("最早：几个日期中最早者", "Which of several dates came first"),
    "last": ("最近：几个日期中最近者", "Which of several dates came last"),
    "sequence": ("序列：做了甲，若干天内没有做乙", "One thing done, and another not within so many days after"),
    "rfm": ("RFM：近度、频次、金额各五等分", "Recency, frequency and money, each in fifths as of the day"),
    "model": ("模型：来自模型得分", "What a model's score says"),
    "import": ("导入：医院自有系统给出", "What the hospital's own systems deliver"),
}
TAG_KINDS = tuple(KIND_WORDS)

# A tag that was lost is kept in the portrait until its weight is less than this.
FORGOTTEN_BELOW = 0.1

USER_TAG = Table(
    "gold.user_tag",
    "One stretch of days on which a user held a tag with one value by one version of its rule. The weight of a tag "
    "is 1 while held and 0.5^(days since valid_to / half_life_days) afterwards; below 0.1 it is forgotten.",
    ("user_id", "tag_code", "valid_from"),
    (
        Column("user_id", "string", "User.", nullable=False, sensitivity="personal"),
        Column("tag_code", "string", "Tag, as conf/tags declares it.", nullable=False, sensitivity="health"),
        Column("layer", "string", "basic, need, behaviour or value.", nullable=False),
        Column(
            "value", "string", "What the tag says; `yes` where it can only hold.", nullable=False, sensitivity="health"
        ),
        Column("half_life_days", "int", "Days in which the weight halves once the tag is lost.", unit="days"),
        Column("rule_version", "string", "Hash of the declaration that gave it.", nullable=False),
        Column("valid_from", "date", "First as-of day on which it held.", nullable=False),
        Column("valid_to", "date", "First as-of day on which it no longer held; empty while it holds."),
    ),
    checks=(
        Check("in_set", "layer", values=LAYERS),
        Check("compare", "valid_from", other="valid_to"),
        Check("matches", "tag_code", pattern=r"^(basic|need|behaviour|value)\.[a-z0-9_]+$"),
    ),
)

TAG_DEFINITION = Table(
    "gold.tag_definition",
    "One version of one tag's rule, with what a reader must know about it.",
    ("tag_code", "rule_version"),
    (
        Column("tag_code", "string", "Tag.", nullable=False),
        Column("rule_version", "string", "Hash of what decides who holds it.", nullable=False),
        Column("is_current", "boolean", "The version that conf/tags holds now.", nullable=False),
        Column("layer", "string", "basic, need, behaviour or value.", nullable=False),
        Column("theme", "string", "File it is declared in.", nullable=False),
        Column("kind", "string", "How it is computed.", nullable=False),
        Column("name_zh", "string", "Name in Chinese.", nullable=False),
        Column("name_en", "string", "Name in English.", nullable=False),
        Column("meaning_zh", "string", "What it says, in Chinese.", nullable=False),
        Column("meaning_en", "string", "What it says, in English.", nullable=False),
        Column("rule", "string", "The rule as SQL, or the columns it is taken from.", nullable=False),
        Column("source_columns", "array<string>", "Feature columns it rests on.", nullable=False),
        Column("unit", "string", "Unit of its value."),
        Column("half_life_days", "int", "Days in which its weight halves; empty: gone at once.", unit="days"),
        Column("expires_days", "int", "Days after its evidence; empty: it ends when its rule does.", unit="days"),
        Column("refresh", "string", "How often it is derived.", nullable=False),
        Column("owner", "string", "Team that answers for it.", nullable=False),
        Column("sensitivity", "string", "How far it may travel.", nullable=False),
        Column("legal_basis", "string", "What makes its use lawful, where it is about health."),
        Column("data_classes", "array<string>", "Data classes a consent must cover to use it.", nullable=False),
        Column("purposes", "array<string>", "Purposes it may be used for.", nullable=False),
        Column("evidence", "string", "What it rests on: stated, observed, inferred or predicted.", nullable=False),
    ),
    checks=(Check("in_set", "layer", values=LAYERS), Check("in_set", "kind", values=TAG_KINDS)),
)

TAG_VERSION = Table(
    "gold.tag_version",
    "One version of one tag's whole declaration. One that comes back, by `cameo tags rollback` or by hand, is a new "
    "version, and so is a change of words alone.",
    ("tag_code", "version"),
    (
        Column("tag_code", "string", "Tag.", nullable=False),
        Column("version", "int", "1 for the first that was derived, and one more with each change.", nullable=False),
        Column("is_current", "boolean", "The one that conf/tags holds now.", nullable=False),
        Column("in_force_from", "date", "First as-of day that was derived by it.", nullable=False),
        Column("rule_version", "string", "Its rule, as in gold.tag_definition.", nullable=False),
        Column("layer", "string", "basic, need, behaviour or value.", nullable=False),
        Column("theme", "string", "File it is declared in.", nullable=False),
        Column("declaration", "string", "The entry as it stood in that file.", nullable=False),
    ),
    checks=(Check("in_set", "layer", values=LAYERS),),
)

TAG_DAY = Table(
    "gold.tag_day",
    "How many users held a tag as of a day. A day is here when, and only when, its tags were derived.",
    ("as_of_date", "tag_code"),
    (
        Column("as_of_date", "date", "Day.", nullable=False),
        Column("tag_code", "string", "Tag.", nullable=False),
        Column("rule_version", "string", "Version of the rule that was applied.", nullable=False),
        Column("user_count", "bigint", "Users who held it.", unit="users", nullable=False),
        Column("user_share", "double", "Part of all users who held it.", nullable=False),
        Column("entered_count", "bigint", "Stretches that began on this day.", unit="users", nullable=False),
        Column("left_count", "bigint", "Stretches that ended on this day.", unit="users", nullable=False),
        Column("thresholds", "map<string,double>", "Of a percentile tier: the value above which each label begins."),
        Column("tied_user_count", "bigint", "Of a tier: users exactly on a threshold; they go below.", unit="users"),
    ),
    slice_by="as_of_date",
    checks=(Check("between", "user_share", min=0, max=1),),
)
