"""What jobs, tables and codes are called to the person concerned. What is not here is shown as it is."""

from __future__ import annotations

from jobs.runtime.report.text import Text, same

PURPOSES = {
    "care": Text("健康管理与照护", "Health care"),
    "research": Text("研究", "Research"),
    "marketing": Text("营销", "Marketing"),
    "sharing": Text("与合作方共享", "Sharing with partners"),
    "training": Text("训练模型", "Training of models"),
    "operation": Text("系统运行", "Running the service"),
}
JOBS = {
    "ingest_feed": Text("接收医院数据", "taking in the hospital's data"),
    "simulate_hospital": Text("模拟一家医院", "simulating a hospital"),
    "simulate_moment": Text("模拟医院当天的新数据", "simulating what a hospital sends by day"),
    "build_calendar": Text("生成日历", "making the calendar"),
    "build_user_day": Text("汇总每天的使用", "adding up each day's use"),
    "link_identity": Text("识别同一个人的账号与设备", "finding which accounts and devices are one person's"),
    "resolve_consent": Text("确认同意的状态", "finding what was agreed to"),
    "compute_features": Text("计算特征", "computing features"),
    "compute_training_features": Text("计算过去日期的特征", "computing features of past days"),
    "train_churn": Text("训练流失预警模型", "training the churn model"),
    "train_ltv": Text("训练价值模型", "training the value model"),
    "train_text_department": Text("训练科室文本模型", "training the text model of departments"),
    "fit_segments": Text("划分用户群", "finding groups of users"),
    "score_churn": Text("计算流失风险", "computing the risk of leaving"),
    "score_ltv": Text("计算预期价值", "computing expected value"),
    "score_text_department": Text("按文字推断科室", "telling the department that words lead to"),
    "assign_segments": Text("归入用户群", "placing users in groups"),
    "assign_value_tiers": Text("划分价值层级", "placing users in value tiers"),
    "raise_care_alerts": Text("向医护团队发出提醒", "alerts to the care team"),
    "raise_care_events": Text("开始关怀计划", "beginning programmes of care"),
    "follow_triggers": Text("当天更新标签与画像", "telling tags and portrait anew during the day"),
    "derive_tags": Text("生成标签", "deriving tags"),
    "build_portrait": Text("生成画像", "building the portrait"),
    "build_segments": Text("划入细分人群", "finding who is in which segment"),
    "build_audiences": Text("挑选名单", "choosing who is on lists"),
    "publish_exports": Text("发布名单", "publishing lists"),
    "compute_kpis": Text("计算整体指标", "computing figures over all users"),
    "write_report": Text("生成日报", "writing the report of the day"),
    "write_catalogue": Text("生成标签目录", "writing the catalogue of tags"),
    "prove_sample": Text("抽样核对数据", "proving the tables on a sample of users"),
    "carry_out_erasures": Text("执行删除请求", "carrying out requests for erasure"),
    "evaluate_against_truth": Text("评估模型", "judging models"),
    "propose_calibration": Text("提出校准建议", "proposing calibrated numbers"),
    "maintain_tables": Text("维护数据表", "keeping the tables"),
}
CLASSES = {
    "basic": Text("基本信息", "basic"),
    "health": Text("健康信息", "health"),
    "behaviour": Text("行为信息", "behaviour"),
    "value": Text("消费与价值", "value"),
}
ARMS = {
    "list": Text("在名单上", "on the list"),
    "holdout": Text("对照组，未触达", "held out, not reached"),
}
REASONS = {
    "granted": Text("同意", "agreed"),
    "refused": Text("不同意或已撤回", "refused or withdrawn"),
    "expired": Text("已过期", "expired"),
    "outdated_text": Text("所同意的文本已失效", "agreed to a text that no longer counts"),
    "no_guardian": Text("缺少监护人同意", "no guardian agreed"),
}
SCORES = {
    "gold.churn_score": Text("流失风险", "Risk of leaving"),
    "gold.ltv_score": Text("预期价值", "Expected value"),
    "gold.text_department": Text("文字指向的科室", "Department that their words lead to"),
    "gold.user_segment": Text("用户群", "Group of users"),
    "gold.user_value_tier": Text("价值层级", "Value tier"),
}
TIERS = {
    "high": Text("高价值", "high value"),
    "potential": Text("潜力", "potential"),
    "ordinary": Text("普通", "ordinary"),
    "churn_risk": Text("有流失风险", "worth keeping and about to leave"),
}
# Of tables that are no feed's: what their layer holds.
LAYERS = {
    "silver": Text("身份与同意", "identity and consent"),
    "feature": Text("计算出的特征", "computed features"),
    "gold": Text("标签、评分与名单", "tags, scores and lists"),
}
NO_CHANNEL = Text("不触达", "without being reached")


def word(words: dict[str, Text], code: str) -> Text:
    return words.get(code, same(code))
