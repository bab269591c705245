"""What people type: search words and complaints, with symptoms, slips, negations and whom it is about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.hospital.catalogue import TOPICS, Topic
from models.hospital.streams import stream
from models.hospital.traits import RELATIONS

SEARCHES_PER_TOPIC = 40
COMPLAINTS_PER_CASE = 60
WHO = {
    "self": ("", "", "我", "本人"),
    "child": ("孩子", "宝宝", "儿子", "女儿", "小孩"),
    "parent": ("我妈", "我爸", "老人", "母亲", "父亲"),
    "spouse": ("老公", "老婆", "爱人", "媳妇"),
}
HOW_LONG = ("两天了", "三天", "一周了", "一个多月", "昨晚开始", "今天早上起", "反复半年", "断断续续两周")
NOT = ("没有发烧", "不咳嗽", "没有过敏", "没吃药", "不疼", "没有外伤", "没有高血压", "不恶心")
ASK = ("怎么办", "吃什么药", "挂什么科", "需要去医院吗", "严重吗", "能自己好吗")
SLIPS = (("失眠", "失棉"), ("咳嗽", "咳漱"), ("湿疹", "湿诊"), ("头晕", "头昏晕"), ("感冒", "感昌"), ("血压", "血丫"),
         ("过敏", "过民"), ("备孕", "备晕"), ("鼻炎", "鼻言"), ("胃疼", "胃腾"))  # fmt: skip
THANKS = ("请医生看看，谢谢", "麻烦大夫了", "急，在线等", "想问问要不要检查", "求指导")


@dataclass(frozen=True)
class Words:
    """Pools of texts; `searches` holds SEARCHES_PER_TOPIC of each topic, `complaints` COMPLAINTS_PER_CASE of each
    topic and relation, in the order of TOPICS and RELATIONS."""

    searches: tuple[str, ...]
    complaints: tuple[str, ...]


def build() -> Words:
    """The same for every hospital: language does not depend on the seed."""
    rng = stream(0, "words")
    searches = [_search(rng, topic) for topic in TOPICS for _ in range(SEARCHES_PER_TOPIC)]
    complaints = [
        _complaint(rng, topic, relation)
        for topic in TOPICS
        for relation in RELATIONS
        for _ in range(COMPLAINTS_PER_CASE)
    ]
    return Words(tuple(searches), tuple(complaints))


def _one(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    return options[int(rng.integers(len(options)))]


def _slip(rng: np.random.Generator, text: str) -> str:
    """One text in twelve has a typing error."""
    if rng.random() < 1 / 12:
        for right, wrong in SLIPS:
            if right in text:
                return text.replace(right, wrong, 1)
    return text


def _search(rng: np.random.Generator, topic: Topic) -> str:
    parts = [_one(rng, topic.symptoms)]
    if topic.child:
        parts.insert(0, _one(rng, WHO["child"]))
    elif rng.random() < 0.15:
        parts.insert(0, _one(rng, WHO["parent"]))
    if rng.random() < 0.3:
        parts.append(_one(rng, topic.symptoms))
    if rng.random() < 0.18:
        parts.append(_one(rng, NOT))
    if rng.random() < 0.5:
        parts.append(_one(rng, ASK))
    return _slip(rng, (" " if rng.random() < 0.4 else "").join(parts))


def _complaint(rng: np.random.Generator, topic: Topic, relation: str) -> str:
    first, second = _one(rng, topic.symptoms), _one(rng, topic.symptoms)
    text = f"{_one(rng, WHO[relation])}{first}{_one(rng, HOW_LONG)}"
    if second != first and rng.random() < 0.6:
        text += f"，{'伴有' if rng.random() < 0.5 else '还有点'}{second}"
    if rng.random() < 0.45:
        text += f"，{_one(rng, NOT)}"
    if rng.random() < 0.5:
        text += f"，{_one(rng, ASK)}"
    text += f"。{_one(rng, THANKS)}" if rng.random() < 0.35 else ""
    if rng.random() < 0.03:
        text += f"，电话1{int(rng.integers(3, 10))}{int(rng.integers(10**8, 10**9))}"
    if rng.random() < 0.01:
        text += "，身份证110105198803152227"
    return _slip(rng, text)


REVIEWS = {
    1: ("等了很久没人理", "回复太慢，不满意", "医生敷衍", "没有解决问题，不推荐"),
    2: ("一般，等得久", "不太耐心", "价格偏贵，效果一般"),
    3: ("还行", "中规中矩", "回答比较简单"),
    4: ("不错，解释清楚", "挺耐心的", "比较满意"),
    5: ("非常专业，药到病除", "回复快，态度好", "强烈推荐", "医生特别耐心，谢谢"),
}
POSTS = ("今天血压控制得不错", "打卡第三天", "有没有一起备孕的姐妹", "分享一下我的控糖食谱", "失眠好多了",
      "请问这个药饭前吃吗",
         "孩子退烧了，谢谢大家", "春天花粉季记得戴口罩", "联系我 13912345678 进群", "复查一切正常")  # fmt: skip
COMPLAINTS = {
    "slow_reply": ("问诊等了两个小时没人回", "医生半天不回复"),
    "attitude": ("医生态度差", "客服语气很冲"),
    "fee": ("多扣了费用", "退款一直没到，电话 13800138000"),
    "medicine": ("药发错了", "药品包装破损"),
    "privacy": ("为什么别人知道我的问诊记录",),
    "medical_accident": ("按医生说的吃药后过敏住院了",),
    "other": ("页面打不开", "优惠券用不了"),
}
NPS_COMMENTS = ("", "", "方便", "回复快一点就好了", "价格有点高", "医生很专业", "app 不好用")
MENTIONS = {
    "service": ("这家互联网医院回复挺快", "挂号流程有点绕"),
    "price": ("图文问诊涨价了？", "比线下便宜"),
    "medical_accident": ("网传用药事故，求真相", "出了医疗事故就这么处理？", "家属发声：用药后抢救"),
    "privacy_leak": ("刚问诊完就接到推销电话",),
    "praise": ("深夜孩子发烧，医生五分钟就回了", "表情包医生太好笑了"),
    "other": ("路过看看", "新版本图标好看"),
}
