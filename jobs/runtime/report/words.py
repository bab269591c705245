"""What codes are called in the report, in both languages. A code that is not here is shown as it is."""

from __future__ import annotations

from jobs.runtime.report.text import Text, same

FEEDS = {
    "account": Text("账号注册", "Accounts"),
    "campaign_touch": Text("营销触达", "Campaign touches"),
    "community_act": Text("社群活动", "Community acts"),
    "complaint": Text("投诉", "Complaints"),
    "consent": Text("授权同意", "Consents"),
    "consultation": Text("问诊", "Consultations"),
    "device_reading": Text("设备读数", "Device readings"),
    "diagnosis": Text("诊断", "Diagnoses"),
    "environment": Text("环境", "Environment"),
    "erasure_request": Text("删除请求", "Erasure requests"),
    "event": Text("行为事件", "App and web events"),
    "experiment_arm": Text("实验分组", "Experiment arms"),
    "family_binding": Text("家庭绑定", "Family bindings"),
    "health_record": Text("健康档案", "Health records"),
    "imported_tag": Text("院方标签", "Tags from the hospital's systems"),
    "invitation": Text("分享与邀请", "Shares and invitations"),
    "mention": Text("公开舆情", "Public mentions"),
    "nps_answer": Text("推荐意愿回答", "NPS answers"),
    "order_line": Text("订单与退款", "Orders and refunds"),
    "prescription": Text("处方", "Prescriptions"),
    "review": Text("评价", "Reviews"),
}
FUNNEL = {
    "home": Text("来到首页", "Came home"),
    "search": Text("搜索", "Searched"),
    "doctor": Text("查看医生", "Saw a doctor"),
    "consultation": Text("发起问诊", "Began to consult"),
    "payment": Text("完成支付", "Paid"),
}
COMPLAINTS = {
    "slow_reply": Text("回复慢", "Slow reply"),
    "attitude": Text("服务态度", "Attitude"),
    "fee": Text("费用", "Fees"),
    "medicine": Text("药品", "Medicine"),
    "privacy": Text("隐私", "Privacy"),
    "medical_accident": Text("医疗事故", "Medical accident"),
    "other": Text("其他", "Other"),
}
TOPICS = {
    "medical_accident": Text("医疗事故", "Medical accident"),
    "privacy_leak": Text("隐私泄露", "Privacy leak"),
    "service": Text("服务", "Service"),
    "price": Text("价格", "Price"),
    "praise": Text("好评", "Praise"),
    "other": Text("其他", "Other"),
}
ALERTS = {
    0: Text("无", "none"),
    1: Text("黄色预警", "yellow alert"),
    2: Text("橙色预警", "orange alert"),
    3: Text("红色预警", "red alert"),
}
CHANNELS = {
    "push": Text("应用推送", "Push"),
    "sms": Text("短信", "SMS"),
    "phone": Text("电话", "Telephone"),
    "wechat": Text("微信", "WeChat"),
    "email": Text("邮件", "E-mail"),
    "search_ad": Text("搜索广告", "Search ads"),
    "feed_ad": Text("信息流广告", "Feed ads"),
    "referral": Text("转介", "Referral"),
}
ACTS = {
    "join": Text("加入社群", "Joined a group"),
    "post": Text("发帖", "Posts"),
    "answer": Text("回答", "Answers"),
    "check_in": Text("打卡", "Check-ins"),
    "like": Text("点赞", "Likes"),
}
LAYERS = {
    "basic": Text("基础属性", "Basic attributes"),
    "need": Text("健康需求", "Health needs"),
    "behaviour": Text("行为特征", "Behaviour"),
    "value": Text("价值分层", "Value tiers"),
}
TIERS = {
    "low": Text("低风险", "Low risk"),
    "middle": Text("中风险", "Middle risk"),
    "high": Text("高风险", "High risk"),
}
MODELS = {
    "churn": Text("流失预警", "Churn warning"),
    "ltv": Text("生命周期价值", "Lifetime value"),
    "segments": Text("用户分群", "Groups"),
    "identity": Text("身份归并", "Who is who"),
}
SPLITS = {
    "test": Text("训练之后的日期", "on days after training"),
    "truth": Text("模拟医院的隐藏真值", "against the simulated hospital's hidden truth"),
    "fit": Text("建模样本", "on what it was fitted on"),
    "in_use": Text("当天的用户，与建群时相比", "on users of the day, against when the groups were fitted"),
}
# Name, what it says, and how it is written: as a share, or as a number with so many digits.
METRICS: dict[str, tuple[Text, Text, int | None]] = {
    "auc": (Text("排序能力（AUC）", "Ranking (AUC)"), Text(
        "随机各取一名流失与未流失的用户，模型把前者排在前面的概率；0.5 等于瞎猜。",
        "Of one who left and one who stayed, how often the leaver is ranked higher; 0.5 is a guess."), 3),
    "pr_auc": (Text("平均精确率", "Average precision"), Text(
        "按风险从高到低看，名单里真正流失者的平均占比。", "Share of true leavers, going down from the riskiest."), 3),
    "top_decile_lift": (Text("最高风险一成的提升", "Lift of the riskiest tenth"), Text(
        "风险最高的一成用户，流失率是平均的几倍。", "How many times the mean rate the riskiest tenth leave at."), 2),
    "brier": (Text("概率误差（Brier）", "Probability error (Brier)"), Text(
        "预测概率与结果之差的平方均值，越小越好。", "Mean squared gap between chance and outcome; less is better."), 4),
    "ece": (Text("校准误差（ECE）", "Calibration error (ECE)"), Text(
        "说 70% 时是否真有 70%，平均差多少，越小越好。", "How far 70% is from 70% of cases, on average."), None),
    "gini": (Text("价值排序（Gini）", "Ranking of value (Gini)"), Text(
        "排序能多大程度找出真正花钱的人；0 等于瞎猜，1 为完美。",
        "How well the order finds who really spends; 0 is a guess, 1 perfect."), 3),
    "top_decile_capture": (Text("最高一成所占消费", "Spend of the top tenth"), Text(
        "预测最高的一成用户，实际占了总消费的多少。", "Share of all spend by the tenth forecast highest."), None),
    "spearman": (Text("等级相关", "Rank correlation"), Text(
        "预测与实际消费的排名有多一致。", "How far the ranks of forecast and spend agree."), 3),
    "mae": (Text("平均绝对误差", "Mean absolute error"), Text(
        "每人平均差多少元，越小越好。", "Yuan off per user; less is better."), 1),
    "total_bias": (Text("总额偏差", "Bias of the total"), Text(
        "预测总额比实际总额高（+）或低（−）多少。", "How far the total forecast lies off the spend."), None),
    "silhouette": (Text("轮廓系数", "Silhouette"), Text(
        "群与群分得多开，越大越清楚。", "How far apart the groups are; more is clearer."), 3),
    "stability": (Text("稳定性", "Stability"), Text(
        "换一批样本重做，分群结果的一致程度，1 为完全一致。", "How alike groups come out on other samples."), 3),
    "share_psi": (Text("各群占比的偏移（PSI）", "Drift of shares (PSI)"), Text(
        "各群人数占比与建群时差多少；0.1 以内为小，0.25 以上为大。",
        "How far the groups' shares are from those when fitted; 0.1 is small, 0.25 large."), 3),
    "centre_shift": (Text("群中心的偏移", "Drift of centres"), Text(
        "移动最远的一群离开其中心几个标准差。", "How far users of the group that moved most are from its centre."), 3),
}  # fmt: skip
RIVALS = {
    "last_seen_rule": Text("最近活跃规则", "Last-seen rule"),
    "logistic_regression": Text("逻辑回归", "Logistic regression"),
    "naive_rate": Text("按过往速率", "Past rate"),
    "btyd": Text("BTYD 模型", "BTYD alone"),
    "champion": Text("此前的模型", "Model before"),
    "when_fitted": Text("建群时", "When fitted"),
    "equal_parts_by_recency": Text("按最近活跃均分", "Equal parts by recency"),
    "true_hazard": Text("可能的最好成绩", "Best possible"),
}
IDENTIFIERS = {
    "id_card": Text("身份证", "ID card"),
    "unionid": Text("微信 unionid", "WeChat unionid"),
    "openid": Text("微信 openid", "WeChat openid"),
    "phone": Text("手机号", "Telephone"),
    "hospital_card": Text("就诊卡", "Hospital card"),
    "name": Text("姓名", "Name"),
    "device": Text("设备", "Device"),
}
HUB_REASONS = {
    "blocked": Text("人工屏蔽", "Blocked by hand"),
    "accounts": Text("关联账号过多", "Too many accounts"),
    "new_accounts_1d": Text("一天内新账号过多", "Too many new accounts in a day"),
    "new_accounts_7d": Text("七天内新账号过多", "Too many new accounts in seven days"),
}
OUTCOMES = {
    "list": Text("进入名单", "On the list"),
    "holdout": Text("对照组（不触达）", "Hold-out (not contacted)"),
    "over_size_cap": Text("超出名单人数上限", "Over the list's size"),
    "no_consent": Text("没有相应授权", "No consent for it"),
    "frequency_cap": Text("近期已在足够多的名单上", "On enough lists lately"),
    "no_account": Text("没有可触达的账号", "No account to reach"),
    "unknown_user": Text("画像中没有此人", "Not known as a person"),
    "excluded_account": Text("测试账号或机器人", "Test account or robot"),
}


# What a file's state means; anything else is in order.
STATES = {
    "absent": Text("没有来", "did not come"),
    "unreadable": Text("无法读取", "unreadable"),
    "rejected": Text("缺少必要列，整份拒收", "a column is missing, refused whole"),
    "empty": Text("空文件", "empty file"),
    "repeated": Text("同一文件重复送来", "same file again"),
    "replaced": Text("已被更正文件取代", "replaced by a corrected one"),
}
# Why a record was turned away; {field} is the column it is about.
REASONS = {
    "missing": Text("必填项「{field}」为空", "The required “{field}” is empty"),
    "unknown_code": Text("「{field}」的取值不在代码表里", "“{field}” holds a code that nobody knows"),
    "out_of_range": Text("「{field}」超出可信范围", "“{field}” is outside of what can be believed"),
    "unknown_unit": Text("「{field}」的单位无法识别", "The unit in “{field}” is not known"),
    "unreadable": Text("「{field}」的内容无法读取", "What stands in “{field}” cannot be read"),
    "past_time": Text(
        "时间远在收到之前，设备时钟有误", "It claims to be long past when it was delivered: a wrong clock"
    ),
    "future_time": Text("时间在收到之后，时钟有误", "It claims to happen after it was delivered: a wrong clock"),
    "broken_line": Text("行已损坏，无法拆成列", "The line is broken and cannot be split into columns"),
    "erased": Text("此人已要求删除", "The person asked to be erased"),
    "unreadable_file": Text("整个文件无法读取", "The whole file cannot be read"),
    "missing_column": Text("文件缺少必要的列「{field}」", "The file lacks the needed column “{field}”"),
}
# What a field that no mapping names looks like, as the guesser says it.
LOOKS = {
    "nothing in it": "没有内容",
    "telephone numbers": "电话号码",
    "identity card numbers": "身份证号",
    "masked values": "打码的值",
    "dates or times": "日期或时间",
    "whole numbers": "整数",
    "numbers or codes of things": "编号或代码",
    "numbers": "数字",
    "different words": "个不同的词",
    "free text": "自由文本",
    "words": "词语",
    "hidden:": "已隐去：",
    "; perhaps": "；可能是",
    "under a new name": "换了名字",
    " or ": " 或 ",
}


def looks(said: str) -> Text:
    """What is in a field, in both languages."""
    zh = said
    for english, chinese in LOOKS.items():
        zh = zh.replace(english, chinese)
    return Text(zh, said)


def reason(code: str) -> Text:
    """A sentence for `kind` or `kind:field` of bronze.rejected."""
    kind, _, field = code.partition(":")
    said = REASONS.get(kind) or same(kind.replace("_", " "))
    return Text(said.zh.replace("{field}", field), said.en.replace("{field}", field))


def name(words: dict[str, Text], code: str) -> Text:
    return words.get(code) or same(code.replace("_", " "))
