"""What codes are called in the catalogue, in both languages. A code that is not here is shown as it is."""

from __future__ import annotations

from jobs.runtime.report.text import Text

THEMES = {
    "account_and_family": Text("账号与家庭", "Account and family"),
    "adherence": Text("用药依从", "Adherence"),
    "allergy_and_operation": Text("过敏与手术", "Allergies and operations"),
    "check_up": Text("体检", "Check-ups"),
    "chronic_disease": Text("慢性病", "Chronic disease"),
    "combined": Text("组合", "Combinations"),
    "community": Text("社群", "Community"),
    "consulting": Text("问诊习惯", "Consulting"),
    "content": Text("内容偏好", "Content"),
    "demographics": Text("人口属性", "Demographics"),
    "department": Text("科室需求", "Departments"),
    "from_the_hospital": Text("院方标签", "From the hospital"),
    "funnel": Text("漏斗", "Funnel"),
    "health_facts": Text("健康事实", "Health facts"),
    "health_facts_in_time": Text("健康动态", "Health facts in time"),
    "journey": Text("旅程阶段", "Journey"),
    "level": Text("需求程度", "Level of need"),
    "life_stage": Text("人生阶段", "Life stage"),
    "loyalty": Text("忠诚", "Loyalty"),
    "membership": Text("会员", "Membership"),
    "models": Text("模型", "Models"),
    "reach": Text("触达", "Reach"),
    "readings": Text("居家监测", "Readings"),
    "region": Text("地域", "Region"),
    "rfm": Text("RFM", "RFM"),
    "rhythm": Text("活跃节律", "Rhythm"),
    "season": Text("季节与疫情", "Season and epidemics"),
    "sequences": Text("行为序列", "Sequences"),
    "spending": Text("消费", "Spending"),
    "spread": Text("分享与邀请", "Sharing"),
    "sub_health": Text("亚健康", "Sub-health"),
    "symptom": Text("症状", "Symptoms"),
    "use": Text("使用方式", "Use"),
}
OWNERS = {
    "data": Text("数据团队", "Data"),
    "data_science": Text("算法团队", "Data science"),
    "growth": Text("增长团队", "Growth"),
    "medical": Text("医学团队", "Medical"),
    "product": Text("产品团队", "Product"),
}
SENSITIVITIES = {
    "public": Text("公开", "Public"),
    "low": Text("低敏感", "Low"),
    "personal": Text("个人信息", "Personal"),
    "health": Text("健康信息", "Health"),
    "secret": Text("严格保密", "Secret"),
}
EVIDENCE = {
    "stated": Text("用户或医院明示", "stated"),
    "observed": Text("由行为观察到", "observed"),
    "inferred": Text("推断", "inferred"),
    "predicted": Text("模型预测", "predicted"),
}
REFRESH = {
    "daily": Text("每天", "daily"),
    "monthly": Text("每月", "monthly"),
    "trigger": Text("事件触发，且每天", "when something happens, and daily"),
}
USES = {
    "audience": Text("名单", "List"),
    "segment": Text("人群", "Segment"),
    "file": Text("配置", "Settings"),
}
