"""Names of people in other scripts than ours: known by family names and capitals."""

from __future__ import annotations

import re

from casecli.scrub.validators.registry import validator

# What family names begin with in China, and what they are in Korea and Japan.
_CHINESE = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚"
    "卢姜崔钟谭陆汪范金石廖贾夏韦方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "陳張劉楊黃趙吳孫馬許鄧馮韓蕭羅鄭謝葉蘇呂盧鍾譚陸賈鄒龔錢嚴湯溫"
)
_KOREAN = frozenset(
    "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구민나진지엄채원천방공현함변염석선설마길연위표명기반왕금옥육인맹제모탁국"
)
_JAPANESE = re.compile(
    "(?:佐藤|鈴木|高橋|田中|伊藤|渡[辺邊]|山[本田口崎下内]|中[村島川野山西]|小[林川野島池松]|加藤|吉[田川]|佐々木"
    "|松[本田井尾]|井上|木[村下]|[斎斉]藤|清水|阿部|池田|橋本|石[川井田]|前田|藤[田井原本]|[後近遠安工内]藤|岡[田本]"
    "|長谷川|村[上田]|坂本|青木|西[村田]|福[田島]|太田|三浦|原田|田村|竹内|金子|和田|上[田野]|森[田本]|柴田|酒井|横山"
    "|宮[崎本]|内田|高[木田]|谷口|大[野塚西]|丸山|今井|武田|杉[山本]|増田|平野|千葉|久保|岩崎|桜井|野[口村]|菊[地池]"
    r"|佐野|新井)[ \u3000]?[\u3041-\u30ff\u4e00-\u9fff]{1,4}$"
)
_ARABIC = re.compile(
    "محمد|أحمد|احمد|علي|حسن|حسين|عمر|خالد|محمود|مصطفى|إبراهيم|ابراهيم|يوسف|عبد|"
    "عبدالله|سعيد|سعد|فهد|سلطان|ناصر|فيصل|طارق|كريم|وليد|سامي|عثمان|ماجد|بدر|صالح|"
    "حمد|راشد|جمال|فاطمة|عائشة|مريم|نور|ليلى|سارة|زينب|خديجة|هند|أمينة|سلمى|ياسمين|"
    "رانيا|هدى|منى|نورة|أمل|ريم|دينا|لينا|سمر|هبة|رنا|أسماء"
)
_CAPITALS = re.compile(
    r"[\u0386-\u03ab\u0401-\u042f\u0490][\u03ac-\u03ce\u0430-\u045f\u0491]+"
    r"(?:[ -][\u0386-\u03ab\u0401-\u042f\u0490]"
    r"[\u03ac-\u03ce\u0430-\u045f\u0491]+){1,3}"
)
_KANJI = re.compile("[\u4e00-\u9fff]{2,3}")
_HANGUL = re.compile("[\uac00-\ud7a3]{3}")
_NO_CHINESE = re.compile(
    "任[务意职何]|方[案式法向便面]|高[级可性清速峰危低亮度]|金[额融币属]|程[序度]|黄[金色页]|白[名板色]|马[上来达]"
    "|万[能科]|常[用规见量]|段落|余[额量]|汇[总率]|向[量导]|钱包|雷达|石油|温度|江[苏西]|许[可多]|谢谢|周[期末报边一二三四五六日]"
    "|[徐苏郑]州|韩国|何[时处]|武[汉器]|戴尔|毛[利重]|宋体|夏[天季]|董事|顾[客问]|严[重格]|范[围例本]|沈阳|曾经|程序|江南|龙头"
    "|张[数家贴]|单位|陈[列述]|罗马|林业|文件|史诗"
)
_NO_RUSSIAN = re.compile(
    "Отдел|Группа|Нов[аоы]|Систем|Сервер|Служб|Центр|Тест|Главн|Ошибк|Нет"
)
_NO_GIVEN = re.compile("[务器队组部司店厂库端网口型号类别集群系统平台]$")


@validator
def in_script(value: bytes, before: bytes, after: bytes) -> bool:  # noqa: ARG001 - the signature is common
    """Take names by their script's habits: capitals, or a family name many have."""
    text = value.decode("utf-8", "replace").strip()
    if _KANJI.fullmatch(text) and text[0] in _CHINESE:
        return not (_NO_GIVEN.search(text) or _NO_CHINESE.match(text))
    if _HANGUL.fullmatch(text):
        return text[0] in _KOREAN
    if _JAPANESE.match(text) or _CAPITALS.fullmatch(text):
        return _NO_RUSSIAN.match(text) is None
    words = text.split(" ")
    return 1 < len(words) <= 4 and _ARABIC.fullmatch(words[0]) is not None  # noqa: PLR2004 - names
