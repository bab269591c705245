"""Names of people in Chinese free text, found by a surname beside a word that names people.

Without such a word no name is looked for: 白 and 高 begin more symptoms than names. Doctors (王医生, 李主任) keep
theirs: they are public on the platform, and a review is about one.
"""

from __future__ import annotations

import re

from jobs.runtime.intake.mark import Mark

HAN = "\u4e00-\u9fff"
# Not \s: RE2 takes it for ASCII, Python for every script's.
SPACE = "[ \u3000\u00a0\t]?"
# The surnames of some nine in ten (Ministry of Public Security, report on names 2020), by number, then others.
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈"
    "钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向温常施文汤"
    "牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟申殷詹耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单裴霍涂成苗谷曲盛冉"
    "翁路游辛靳管柴鲍蒙褚娄萧阎傅饶卞岑滕瞿窦仝"
)
COMPOUND_SURNAMES = (
    *("欧阳", "上官", "司马", "诸葛", "司徒", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯", "东方", "端木", "南宫"),
    *("独孤", "长孙", "宇文", "轩辕", "钟离", "澹台", "闻人", "赫连", "申屠", "呼延", "西门"),
)
# A surname's sign, and those it makes a word of symptoms, times, towns with: no name begins so.
_WORDS = (
    *("高血烧热压度龄中危敏尿脂考三价级糖于跟强知", "严重格肃", "关节于系注心闭机键", "黄疸褐斑体芪色连石山冈"),
    *("白细带癜天血内发色癫蛋领苔", "方便法向案面式可能才", "常年规见常用有州德熟", "何时种处人", "曾经用在有祖奶爷"),
    *("毛病囊孢发细巾孔", "温度热水州", "万一分州", "成人年都功", "凌晨", "路上过", "江苏西门阴", "牛皮奶"),
    *("焦虑急", "包皮括块", "管理", "马上鞍来", "程度", "付款费钱了", "陈旧述", "孙子女", "任何", "安全静排徽阳庆康"),
    *("张口嘴", "戴眼口牙", "谢谢", "周一二三四五六日末围期岁边", "许多久", "唐氏山", "夏天季", "段时", "顾客虑"),
    *("陆续", "尚未可", "辛苦", "莫名", "毕业竟", "符合", "甘油肃", "易怒疲感", "向来您你医我", "文化字中"),
    *("于是今昨前去上下本近", "石家头淋", "金卡牌华", "钱花都", "余额下杭姚", "童年", "左侧右眼耳手脚腿腹胸下上肩膝"),
    *("单纯身侧位独", "龙胆岩", "武汉昌", "叶酸", "盛行", "游泳", "梅毒雨州", "范围", "申请", "宁波愿夏德", "纪录"),
    *("祝您你医愿好", "罗红", "施用", "苗族", "蒙古", "柴胡", "胡言说", "杜绝", "齐全", "孔径", "林业", "雷同州"),
    *("曲张线", "舒张服", "谷丙草维", "郑州", "徐州汇", "苏州", "沈阳", "邢台", "秦皇", "韩国", "柳州", "吕梁"),
)
_NO_NAME = "|".join(f"{word[0]}[{word[1:]}]" for word in _WORDS)
# 关于女士, 非常, 也许, 谢谢: the end of a word, no surname.
_WORD_ENDS = "(?<!关于)(?<!对于)(?<!由于)(?<!至于)(?<!非常)(?<!经常)(?<!也许)(?<!谢谢)(?<!对方)(?<!不曾)(?<!任何)"
_SURNAME = f"(?:{'|'.join(COMPOUND_SURNAMES)}|(?!{_NO_NAME})[{SURNAMES}]{_WORD_ENDS})"
_DOCTOR = "医生|医师|大夫|主任|教授|护士|院长|专家|药师|老师|博士|营养师"
# What comes after a name rather than being in it.
_FIRST = f"(?![要必以的是了在有不也都就和与或很吗呢吧啊我你您他她先女男医患])[{HAN}]"
_SECOND = f"(?![的是了在有不也都就和与或很吗呢吧啊我你您他她先女男医患今电手住因想要来说去现年从主教护人已岁])[{HAN}]"
# The possessive ?+ keeps 王小明主任 from being taken for 王小 and a word 明主任.
_NAME = f"{_SURNAME}(?!{_DOCTOR}){_FIRST}(?:{_SECOND})?+(?!{_DOCTOR})"
_AFTER = f"(?=$|[^{HAN}]|[的是在男女住想要来有说因于已现从岁]|今年|最近|年龄|先生|女士|电话|手机|患|身份证)"
_FOREIGN = f"[{HAN}]{{2,10}}(?:[·•・][{HAN}]{{1,10}})+"
_SAID = "我叫|名叫|姓名|真名|本名|名字(?:是|叫|为)|(?:孩子|宝宝|儿子|女儿|老公|老婆|爱人|[他她])叫"
_PERSON = (
    "患者|病人|病患|患儿|我是|本人|家属|家长|联系人|收件人|收货人|就诊人|预约人|签名|名字"
    "|我(?:爸|妈|父亲|母亲|老公|老婆|儿子|女儿|孩子)"
)
_TITLE = "女士|先生|小姐|太太|阿姨|叔叔|大爷|大妈"
_BEGINS = SURNAMES + "".join(sorted({name[0] for name in COMPOUND_SURNAMES}))

NAMES = (
    # 姓名: and a colon is a form; whatever stands there is a name, however rare.
    Mark(
        re.compile(rf"(?P<cue>姓名{SPACE}[:：]{SPACE})(?:{_FOREIGN}|[{HAN}]{{2,4}}(?![{HAN}]))"),
        r"\g<cue>[name]",
        r"姓名",
    ),
    Mark(re.compile(rf"(?P<cue>(?:{_SAID}){SPACE}[:：是为叫]?{SPACE})(?:{_FOREIGN}|{_NAME})"), r"\g<cue>[name]", _SAID),
    Mark(
        re.compile(rf"(?P<cue>(?:{_PERSON}){SPACE}[:：叫]{SPACE})(?:{_FOREIGN}|{_NAME})"),
        r"\g<cue>[name]",
        rf"(?:{_PERSON}){SPACE}[:：叫]{SPACE}[{HAN}]",
    ),
    Mark(
        re.compile(rf"(?P<cue>(?:{_PERSON})[是为]?{SPACE})(?![常曾尚毕易]){_NAME}{_AFTER}"),
        r"\g<cue>[name]",
        rf"(?:{_PERSON})[是为]?{SPACE}[{_BEGINS}]",
    ),
    Mark(
        re.compile(rf"{_SURNAME}(?!{_DOCTOR})(?:{_FIRST}(?:{_SECOND})?)?(?={_TITLE})"),
        "[name]",
        # Not with the surnames: they are so frequent that looking for one first halves the speed.
        _TITLE,
    ),
)
