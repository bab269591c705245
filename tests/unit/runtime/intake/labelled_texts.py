"""Texts as patients write them, with what in them tells who somebody is; made with a seed, nobody's data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from jobs.runtime.intake.identifiers import check_digit
from jobs.runtime.intake.person_names import COMPOUND_SURNAMES, SURNAMES

_TEXTS = (
    ("{}", "{}，谢谢", "医生您好，{}，最近头晕，血压150/95", "投诉！等了3天没人回复，{}", "{}。请尽快退款198.5元"),
    ("氨氯地平5mg吃了2周，{}，要换药吗？", "态度很好，{} 给个好评", "2026-01-05 08:30下的单，{}，还没发货", "急！！{}"),
    ("复诊，空腹血糖7.8 餐后11.2，{}", "<p>{}</p>", "发烧39.2度 {} 孩子3岁", "{}\n订单号MO2026010512345", "好的{}"),
)
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文海燕晓宇浩然子涵欣怡梓轩雨桐思远嘉怡俊熙诗琪"
_REGIONS = (
    "北京市朝阳区",
    "广东省广州市天河区",
    "上海市浦东新区",
    "河南省周口市太康县",
    "内蒙古自治区包头市昆都仑区",
    "",
)
_ROADS = ("建国路", "解放大道", "文化街", "中山北路", "和平里", "人民南路", "长宁路")
_ESTATES = ("阳光花园", "幸福小区", "龙湖新城", "锦绣家园", "张家村", "翠湖公寓", "学府苑")
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_HAN = str.maketrans("0123456789", "零一二三四五六七八九")
# Doses, readings, prices, orders, dates, codes, drugs, doctors, and surnames that begin other words.
_HARD = (
    "血压 138/85，心率 72，体温 36.5|138 85 72 36 98|上周 150/95 148/92 142/88 139/86 135/84|"
    "血糖13.8 12.3 45.6|吃 0.5 mg，每天 3 次，连吃 14 天|阿莫西林 500mg*24粒 ¥38.50|退款 1380.00 元 到账|"
    "花了13800元|余额 138000000 分|订单号 20260105123456789012345|订单号：13812345678|运单号 SF1382345678901|"
    "流水号4200002026010512345678|ICD I10.x00|国药准字H20123456|批号 20260105138|2026年1月5日8时30分|"
    "2026-01-05 13:38:00|20260105 13:00|E11.900 2型糖尿病|1767238787239|电话 400-820-8820 没人接|拨打120|"
    "打了10086|热线 95588|版本 5.9.0.13812|每天走 13812 步|1-3月|王医生很耐心|李主任看得仔细|感谢张大夫|"
    "王小明主任好|患者王明医生说|刘教授的号|我是李医生的病人|患者高烧不退|患者黄疸，乏力|患者血压高|"
    "患者白细胞低|患者常年失眠，|患者石淋|患者方便时|患者曾经中风|患者温度39|患者关节痛，|我是高血压患者|"
    "我是常年吃药的|我是安徽人|我是武汉的|我是江苏的|病人焦虑，|家属何时能来|病人全身痒|关于女士用药|"
    "对于先生|任何女士都可以|我先生失眠|非常感谢谢谢|我叫了车|患者付款了|本人于昨天就诊|患者左侧头痛，|"
    "微信支付失败|微信小程序打不开|微信 android 版闪退|微信转账 50000|用微信100000元|QQ音乐|qq登录|QQ 群里说|"
    "加V认证|不知道5号能不能去|3号去复查|一路8点到|走路3公里|楼上5层爬不动|门诊楼2楼|北京市的医院|"
    "在朝阳区看的|广州天气热|住院部3号楼|2号线|第3单元课程|健康知道|叶酸0.4mg|3个月里复查3次|小区团购|"
    "城市空气差|市区堵车|@医生 看看|身高170 体重65 年龄45 血压130|尺码 170 100 84|乙肝两对半 135阳性|"
    "谷丙转氨酶 138.5 参考 0-40|孕 38+2 周|BMI 23.8|总胆固醇 5.2 甘油三酯 1.7 高密度 1.3 低密度 3.1|"
    "餐前 6.1 6.3 5.9 6.8 7.0 6.4|挂号费50 检查费380 药费1580"
)
HARD = tuple(_HARD.split("|"))


@dataclass(frozen=True)
class Labelled:
    """A text, and what should become which mark in it."""

    text: str
    hidden: tuple[tuple[str, str], ...] = ()


def labelled_texts(seed: int, per_form: int) -> Iterator[Labelled]:
    """Each form `per_form` times, alone in a text, some with two, and as many texts with nothing in them."""
    rng = Random(seed)
    frames = [f for row in _TEXTS for f in row]
    for _ in range(per_form):
        for form in FORMS:
            mark, value, written = form(rng)
            yield Labelled(rng.choice(frames).format(written), ((mark, value),))
        one, two = rng.sample(FORMS, 2)
        (mark_1, value_1, written_1), (mark_2, value_2, written_2) = one(rng), two(rng)
        both = f"{written_1}，{written_2}"
        yield Labelled(rng.choice(frames).format(both), ((mark_1, value_1), (mark_2, value_2)))
        for hard in rng.sample(HARD, len(FORMS)):
            yield Labelled(rng.choice(frames).format(hard))


Form = Callable[[Random], tuple[str, str, str]]


def _digits(rng: Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def _phone(rng: Random) -> tuple[str, str, str]:
    n = "1" + rng.choice("3456789") + _digits(rng, 9)
    sep = rng.choice(" -.—")
    parts = sep.join((n[:3], n[3:7], n[7:]))
    plain = (n, n.translate(_WIDE), n.translate(_HAN), " ".join(n), f"({n[:3]}){n[3:]}", f"{n[:7]} {n[7:]}", f"0{n}")
    country = (f"+86 {n}", f"+86{n}", f"0086{n}", f"86-{parts}", f"（+86）{parts}")
    apart = (parts, parts.translate(_WIDE), f"{n[:4]} {n[4:7]} {n[7:]}")
    written = rng.choice((*plain, *country, *apart))
    return (
        "[phone]",
        written,
        rng.choice(("电话{}", "我的手机号是{}", "打{}", "{}", "Tel:{}", "联系我 {} 进群")).format(written),
    )


def _landline(rng: Random) -> tuple[str, str, str]:
    area = rng.choice(("010", "021", "0755", "0371", "0512"))
    local = rng.choice("2345678") + _digits(rng, 7)
    whole = rng.choice(
        (
            f"{area}-{local}",
            f"({area}){local}",
            f"{area}{local}",
            f"（{area}）{local[:4]}-{local[4:]}",
            f"{area} {local}",
        )
    )
    written, cue = rng.choice(
        ((whole, "座机{}"), (whole, "{}"), (f"{area}-{local}转{_digits(rng, 3)}", "{}"), (local, "家里电话：{}"))
    )
    return "[phone]", written, cue.format(written)


def _id_card(rng: Random) -> tuple[str, str, str]:
    day = f"{rng.randint(1930, 2020)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    body = rng.choice(("110105", "440106", "310115", "510104", "652301")) + day + _digits(rng, 3)
    n = body + check_digit(body)
    written = rng.choice(
        (
            n,
            n.lower(),
            n.translate(_WIDE),
            f"{n[:6]} {n[6:14]} {n[14:]}",
            f"{n[:6]}-{n[6:14]}-{n[14:]}",
            n[:6] + n[8:17],
        )
    )
    return "[id_card]", written, rng.choice(("身份证{}", "身份证号码：{}", "{}", "证件号 {}")).format(written)


def _bank_card(rng: Random) -> tuple[str, str, str]:
    body = rng.choice(("622202", "621700", "436742", "955880", "601382")) + _digits(rng, rng.choice((9, 12)))
    doubled = sum(int(d) if i % 2 else sum(divmod(int(d) * 2, 10)) for i, d in enumerate(reversed(body)))
    n = body + str(-doubled % 10)
    written = rng.choice((n, " ".join(n[i : i + 4] for i in range(0, len(n), 4)), n.translate(_WIDE)))
    return "[bank_card]", written, rng.choice(("退到银行卡{}", "卡号：{}", "工行 {}", "{}")).format(written)


def _email(rng: Random) -> tuple[str, str, str]:
    host = rng.choice(("qq.com", "163.com", "mail.example.com.cn", "gmail.com"))
    written = rng.choice(("zhang.san", "li_si88", "12345678", "w-w+1")) + rng.choice("@@@＠") + host
    return "[email]", written, rng.choice(("发到{}", "邮箱：{}", "{}")).format(written)


def _wechat(rng: Random) -> tuple[str, str, str]:
    written = rng.choice(("zhangsan_88", "abc12345", "li-wei2020", "Wang_fang", "xm19880102"))
    cues = (
        "微信{}",
        "微信号：{}",
        "加我微信 {}",
        "wx:{}",
        "VX {}",
        "V信{}",
        "vx：{}",
        "WeChat: {}",
        "加v {}",
        "微信号是{}",
        "薇信{}",
    )
    return "[wechat]", written, rng.choice(cues).format(written)


def _qq(rng: Random) -> tuple[str, str, str]:
    written = rng.choice("123456789") + _digits(rng, rng.randint(4, 8))
    return "[qq]", written, rng.choice(("QQ{}", "qq：{}", "QQ号 {}", "扣扣{}", "加QQ:{}", "我的QQ是{}")).format(written)


def _address(rng: Random) -> tuple[str, str, str]:
    region, n, m, room = rng.choice(_REGIONS), rng.randint(1, 300), rng.randint(1, 9), rng.randint(101, 2804)
    street = rng.choice(
        (f"{rng.choice(_ROADS)}{n}号", f"{rng.choice(_ROADS)}{n}弄{m}号", rng.choice(_ROADS) + f" {n} 号")
    )
    estate = rng.choice(_ESTATES)
    inside = rng.choice(
        (f"{estate}{m}栋{m}单元{room}", f"{estate}{m}号楼{room}室", f"{estate}{m}-{m}-{room}", f"{estate}{m}幢{room}房")
    )
    written = region + rng.choice((street, street + inside, inside, f"{street}{m}单元{room}室"))
    return "[address]", written, rng.choice(("我住在{}", "地址：{}", "寄到{}", "送到{}", "收货地址 {}")).format(written)


def _name(rng: Random) -> tuple[str, str, str]:
    surname = rng.choice((*SURNAMES[:100], *COMPOUND_SURNAMES[:4]))
    written = surname + "".join(rng.sample(_GIVEN, rng.randint(1, 2)))
    cues = (
        "我叫{}",
        "我叫{}，",
        "姓名：{}",
        "姓名{}",
        "患者{}，女",
        "患者：{}",
        "联系人{}，",
        "联系人：{}",
        "我是{}，",
        "{}女士",
        "收件人 {}，",
    )
    return "[name]", written, rng.choice(cues).format(written)


FORMS: tuple[Form, ...] = (_phone, _phone, _landline, _id_card, _bank_card, _email, _wechat, _qq, _address, _name)
