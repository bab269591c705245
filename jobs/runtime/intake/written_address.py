"""Addresses in Chinese free text: a street, estate or village with a number, or a chain from the town down.

A town or district alone tells nobody, and stays. Where an address begins is not written in Chinese: what stands before
it may be swallowed, back to a word that leads to one (在, 寄到, 地址).
"""

from __future__ import annotations

import re

from jobs.runtime.intake.mark import Mark
from jobs.runtime.intake.person_names import HAN

_LEADS = "地址|住址|家住|住在|快递|邮寄|收货|寄到|送到|药店"
# A sign of a place's name; 路 with 走 before it is no road.
_SIGN = f"(?:(?!{_LEADS}|[在到是住寄送的我你您他她了吗呢这那去])[{HAN}])"
_NUMBER = "[0-9０-９零〇一二三四五六七八九十百A-Za-zＡ-Ｚ]{1,6}"
_ROAD = "大道|大街|马路|胡同|路|街|巷|弄|里"
_ESTATE = "小区|花园|家园|新村|公寓|苑|新城|村|庄|社区|组团|山庄|豪庭|名邸|公馆|城"
_UNIT = "号楼|号院|号|弄|栋|幢|座|单元|室|层|楼|房|户|组|队|社|屯"
_GAP = r"[ \-－—　,，]?"
_DASHED = "[0-9０-９]{1,3}[-－][0-9０-９]{1,3}(?:[-－][0-9０-９]{2,4})?"
# 阳光小区 3 栋 2 单元, or 3-2-501; and a room's number that nothing follows which counts.
_STEP = rf"{_GAP}(?:[{HAN}]{{1,10}}?(?:{_ESTATE}))?{_GAP}{_NUMBER}{_GAP}(?:{_UNIT})"
_NAMED = rf"{_GAP}[{HAN}]{{1,10}}?(?:{_ESTATE}){_GAP}{_DASHED}"
_ROOM = rf"{_GAP}[0-9０-９]{{1,4}}(?![0-9０-９.岁年月日天次元块个片粒点])"
_INSIDE = f"(?:{_NAMED}|{_STEP})*(?:{_ROOM})?"
_TOWN = "省|自治区|市|自治州|地区|盟"
_DISTRICT = "市|区|县|旗"
_SMALL = "街道|镇|乡|村|社区|小区|大道|路|街|胡同"

ADDRESSES = (
    Mark(
        re.compile(
            rf"{_SIGN}{{2,7}}?(?:{_TOWN}){_GAP}{_SIGN}{{1,8}}?(?:{_DISTRICT}){_GAP}"
            rf"(?:{_SIGN}{{1,8}}?(?:{_DISTRICT}){_GAP})?{_SIGN}{{1,10}}?(?:{_SMALL})"
            rf"(?:{_SIGN}{{1,10}}?(?:{_SMALL}))?{_INSIDE}"
        ),
        "[address]",
        rf"(?:{_TOWN}){_GAP}[{HAN}]{{1,8}}(?:{_DISTRICT}){_GAP}[{HAN} \-－—　,，]{{1,24}}(?:{_SMALL})",
    ),
    Mark(
        re.compile(
            rf"{_SIGN}{{2,25}}(?<![走逛上半一铁公])(?:{_ROAD}){_GAP}{_NUMBER}{_GAP}(?:号楼|号院|号|弄|栋|幢|单元){_INSIDE}"
        ),
        "[address]",
        rf"(?:{_ROAD}){_GAP}{_NUMBER}{_GAP}[号弄栋幢单]",
    ),
    Mark(
        re.compile(
            rf"{_SIGN}{{2,25}}(?:{_ESTATE}){_GAP}{_NUMBER}{_GAP}"
            rf"(?:(?:号楼|栋|幢|座|单元|号|弄|组|队|社)|[-－][0-9０-９]{{1,3}}[-－][0-9０-９]{{2,4}}){_INSIDE}"
        ),
        "[address]",
        rf"(?:{_ESTATE}){_GAP}{_NUMBER}{_GAP}[号栋幢座单弄组队社\-－]",
    ),
    # A number within a house without any street: nothing else is written so.
    Mark(
        re.compile(
            rf"{_NUMBER}(?:号楼|栋|幢|座){_GAP}(?:{_NUMBER}单元{_GAP})?[0-9０-９]{{3,4}}(?![0-9０-９层楼])(?:室|房|户|号)?"
        ),
        "[address]",
        rf"(?:号楼|栋|幢|座){_GAP}(?:{_NUMBER}单元{_GAP})?[0-9０-９]",
    ),
)
