"""Provinces and cities of mainland China: names, climate and city tiers."""

# Codes and names: GB/T 2260. Climate: one word for a province that may have several, after the zones of GB 50178
# (building climates); it serves talk about cold, damp and heat, not science.
PROVINCES: dict[str, tuple[str, str]] = {
    "11": ("北京市", "north_temperate"),
    "12": ("天津市", "north_temperate"),
    "13": ("河北省", "north_temperate"),
    "14": ("山西省", "north_temperate"),
    "15": ("内蒙古自治区", "north_cold"),
    "21": ("辽宁省", "north_cold"),
    "22": ("吉林省", "north_cold"),
    "23": ("黑龙江省", "north_cold"),
    "31": ("上海市", "south_humid"),
    "32": ("江苏省", "south_humid"),
    "33": ("浙江省", "south_humid"),
    "34": ("安徽省", "south_humid"),
    "35": ("福建省", "south_humid"),
    "36": ("江西省", "south_humid"),
    "37": ("山东省", "north_temperate"),
    "41": ("河南省", "north_temperate"),
    "42": ("湖北省", "south_humid"),
    "43": ("湖南省", "south_humid"),
    "44": ("广东省", "south_tropical"),
    "45": ("广西壮族自治区", "south_tropical"),
    "46": ("海南省", "south_tropical"),
    "50": ("重庆市", "south_humid"),
    "51": ("四川省", "south_humid"),
    "52": ("贵州省", "south_humid"),
    "53": ("云南省", "south_humid"),
    "54": ("西藏自治区", "plateau"),
    "61": ("陕西省", "north_temperate"),
    "62": ("甘肃省", "north_arid"),
    "63": ("青海省", "plateau"),
    "64": ("宁夏回族自治区", "north_arid"),
    "65": ("新疆维吾尔自治区", "north_arid"),
    "71": ("台湾省", "south_tropical"),
    "81": ("香港特别行政区", "south_tropical"),
    "82": ("澳门特别行政区", "south_tropical"),
}
# Tiers as Yicai's ranking of cities has them (2024), by the first four digits; the four municipalities by two.
_FIRST = ("11", "31", "4401", "4403")
_NEW_FIRST = (
    "5101", "3301", "50", "3205", "4201", "6101", "3201", "4301", "12", "4101", "4419", "3202", "3302", "3702", "3401",
)  # fmt: skip
_SECOND = (
    "4406", "2101", "5301", "3701", "3502", "3501", "3303", "3204", "2102", "1301", "4501", "2301", "3307", "3601",
    "2201", "3206", "3505", "5201", "3304", "1401", "4413", "3203", "3306", "4420", "3310", "3706", "4404", "1306",
    "3707", "6201",
)  # fmt: skip
CITY_TIERS: dict[str, str] = {
    **dict.fromkeys(_FIRST, "first"),
    **dict.fromkeys(_NEW_FIRST, "new_first"),
    **dict.fromkeys(_SECOND, "second"),
}
