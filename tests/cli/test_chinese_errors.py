"""Mistakes of users in Chinese: no message has English words but names, keys and what the user wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.cli.test_chinese import HAN, PROGRAMS, english_in

TITLE = 'title = "夜间办理"\nsource = "自拟"\n'
PLACE = re.compile(r"\A[^：\n]*：")
"""Place of the mistake: file, key or option."""
AS_WRITTEN = re.compile(
    r"“[^”]*”|'[^']*'|`[^`]*`|--[a-z-]+|U\+[0-9A-F]+|\b[a-z0-9]+(?:_[a-z0-9]+)+\b|\b[A-Z]{2,}\b"
    r"|takeup: |给定值：[^；]*"
)
"""What the user wrote, options, code and placeholders."""
KEYS = {
    "add", "age", "alone", "amount", "columns", "compiled", "cost", "docs", "end", "error", "extends", "fit", "for",
    "from", "groups", "head", "high", "ignore", "intervention", "investment", "key", "levels", "lever", "low",
    "measure", "million", "missing", "month", "morris", "multiply", "name", "objects", "off", "per", "question",
    "ramp", "screening", "set", "share", "size", "source", "street", "streets", "target", "title", "total", "true",
    "unit", "until", "value", "window", "worst", "yuan", "zh",
}  # fmt: skip
"""Keys of files and values of options, as the lists of allowed values have them."""


@dataclass(frozen=True)
class Mistake:
    """A command line with a mistake, the files that it reads, and a part of the message."""

    arguments: str
    expected: str
    files: dict[str, str | bytes] = field(default_factory=dict)

    def write_files(self, folder: Path) -> None:
        for name, content in self.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def scenario(intervention: str, expected: str, command: str = "check a.toml") -> Mistake:
    """A mistake in an intervention of a scenario file."""
    return Mistake(command, expected, {"a.toml": f"{TITLE}[[intervention]]\n{intervention}\n"})


def survey(rows: str | bytes, expected: str, options: str = "") -> Mistake:
    """A mistake in a table of survey records."""
    command = f"district from-table a.csv --name x --population 300000 {options}"
    return Mistake(command, expected, {"a.csv": rows})


def targets(lines: str, expected: str) -> Mistake:
    """A mistake in a target of a calibration."""
    head = '[[target]]\nname = "take_up"\nlocal = true\nstatus = "assumed"\nsource = "x"\n'
    return Mistake("calibrate template --targets a.toml", expected, {"a.toml": head + lines})


PUBLICITY = 'lever = "publicity"\nset = 0.5\n'
MISTAKES = [
    scenario('lever = "publicty"\nset = 0.5\nfrom = "2019-03"', "是否指“publicity”"),
    scenario('lever = "norm"\nset = 0.5\nfrom = "2019-03"', "该名称是参数，不是政策杠杆"),
    scenario(f'{PUBLICITY}from = "2019-13"', "写作“2019-03”的月份"),
    scenario(f"{PUBLICITY}from = 2019-03-01", "带引号的文本（字符串），例如"),
    scenario(f'{PUBLICITY}from = "2019-03"\nuntil = "2018-01"', "“until”早于“from”"),
    scenario(f'{PUBLICITY}from = "2019-03"\nramp_month = 3', "是否指“ramp_months”"),
    scenario(f'{PUBLICITY}add = 0.1\nfrom = "2019-03"', "该干预有多于一种运算"),
    scenario('lever = "publicity"\nset = "half"\nfrom = "2019-03"', "允许值：数字"),
    scenario('lever = "publicity"\nset = 5\nfrom = "2019-03"', "0 至 1（"),
    scenario('lever = "trips"\nadd = －１\nfrom = "2019-03"', "应为 -"),
    scenario('lever = “trips”\nadd = -1\nfrom = "2019-03"', '应为 "'),
    scenario('lever\u00a0= "trips"\nadd = -1\nfrom = "2019-03"', "应为普通空格"),
    scenario('lever: "trips"', "应为“=”（第 4 行，第 6 列）"),
    scenario('lever = "learning"\nadd = -1\nfrom = "2019-03"\nstreets = ["Nanyuan"]', "在全区只有一个值"),
    scenario('lever = "capacity"\nmultiply = 2\nfrom = "2019-03"\ngroups = { age = ["16-29"] }', "不能按 age 区分"),
    scenario(f'{PUBLICITY}from = "2019-03"\ngroups = {{ housing = ["tent"] }}', "未知的人群"),
    scenario(f'{PUBLICITY}from = "2019-03"\ncost = {{ fixed_cny = -1, source = "x" }}', "大于或等于 0"),
    scenario(f'{PUBLICITY}from = "2019-03"\ncost = {{ fixed_cny = "abc", source = "x" }}', "以元为单位的金额"),
    scenario(f'{PUBLICITY}from = "2024-03"', "的开始月份不在模拟期间之内", "compare a.toml --workers 1"),
    Mistake("check a.toml", "可以出现多次", {"a.toml": f'{TITLE}[intervention]\n{PUBLICITY}from = "2019-03"'}),
    Mistake("check a.toml", "缺少键“title”", {"a.toml": 'source = "x"\n'}),
    Mistake("check a.toml", "可能是 GBK", {"a.toml": TITLE.encode("gb18030")}),
    Mistake("check a.toml", "“UTF-16”", {"a.toml": TITLE.encode("utf-16")}),
    Mistake("check a.toml", "该文件继承其自身", {"a.toml": f'{TITLE}extends = "a"\n'}),
    Mistake("check nothing.toml", "没有这个情景文件"),
    survey("age;housing\n30;rented\n", "单元格以分号分隔"),
    survey("age,housing\n300,formal\n", "该值不可能是年数"),
    survey("age,housing\n30,castle\n", "housing 没有这个类别"),
    survey("age,housing\n30,formal,1\n", "单元格的个数"),
    survey('age,housing\n30,"formal\n', "该文件不是有效的 CSV：数据意外结束"),
    survey("age,hausing\n30,formal\n", "写入映射文件的“ignore”"),
    survey("年龄\n30\n".encode("gb18030"), "电子表格软件"),
    survey("", "该文件为空"),
    survey("age\n30\n", "表格中没有这一列", "--weight w"),
    survey("age\n30\n", "不是一对属性", "--pairs housing"),
    targets('expression = "held"\nvalue = 0.5\ntolerance = 0.1\nmonth = "2019-03"', "未知的输出"),
    targets('expression = "valid +"\nvalue = 0.5\ntolerance = 0.1\nmonth = "2019-03"', "不是算术表达式"),
    targets('expression = "valid"\nvalue = 0.5\ntolerance = 0.1', "既没有“month”，也没有“window”"),
    targets('expression = "valid"\nvalue = 0.5\ntolerance = 0\nmonth = "2019-03"', "大于 0.0 的数字"),
    Mistake("run baseline --district liwn", "是否指“liwan”"),
    Mistake("run baseline --set documnts=1", "是否指“documents”"),
    Mistake("run baseline --set documents=0,5", "是否指 documents=0.5"),
    Mistake("run baseline --set contacts=7", "偶数"),
    Mistake("run baseline --from 2012-01 --until 2011-01", "2012-01 或之后"),
    Mistake("run baseline --agents 5", "不足以使每人有"),
    Mistake("run baseline --engine object", "未知的引擎"),
    Mistake("run baseline --parameters a.toml", "不带引号的数字", {"a.toml": 'documents = "0.5"'}),
    Mistake("compare publicity --cluster nowhere", "不是调度器的地址"),
    Mistake("compare publicty", "是否指“publicity”"),
    Mistake("compare publicity --replicates 0", "1 至 10000 的整数"),
    Mistake("compare publicity --draws 3 --point", "不能与"),
    Mistake("plan --budget much", "3,000,000"),
    Mistake("plan --budget 3,00", "是否指 3.00 或 300"),
    Mistake("plan --budget -1 --measures", "预算为负数"),
    Mistake("plan --budget 5e6 --measures --target best", "未知的目标"),
    Mistake("plan --budget 300万 --measure letters", "没有这项措施"),
    Mistake("why --month 1999-01", "早于运行的起始月份"),
    Mistake("trial publicity --share 2", "大于 0 且小于 1"),
    Mistake("trial publicity --groups housing", "没有写明属性及其类别"),
    Mistake("explain qqzzxx", "未知的名称"),
    Mistake("measures --per-month 0", "大于 0 的金额"),
    Mistake("measures template", "该区没有措施"),
    Mistake("scenario new baseline", "专用于没有干预的情景"),
    Mistake("scenario new 夜间/办理", "不能用作文件名"),
    Mistake("district new mine", "该文件已存在", {"mine/population.toml": ""}),
    Mistake("district synthesise --out all --count 100 --population 200", "人口过少"),
    Mistake("check mine", "清单中列有它", {"mine/manifest.json": '{"files": {"a.csv": "0"}}'}),
    Mistake("validate --posterior none.parquet", "没有后验分布文件"),
    Mistake("calibrate liwan --fit nothing", "没有这样的目标"),
    Mistake("sensitivity template --method morris --tolerance 0.1", "不起作用"),
    Mistake("voi publicity", "两个或更多名称不同的情景"),
    Mistake("reproducibility nothing", "takeup calibrate 的结果文件夹"),
    Mistake("stress nowhere", "没有这个区"),
    Mistake("run baseline --agents x", "--agents' 的值无效"),
    Mistake("compare publicity --agnets 5", "没有选项 --agnets（可能的选项：--agents"),
    Mistake("compare publicity --agents", "需要一个值"),
    Mistake("compare publicity --point=yes", "不带值"),
    Mistake("comparee publicity", "没有命令 'comparee'；是否指 'compare'"),
    Mistake("nothing", "没有命令 'nothing'"),
    Mistake("check", "缺少参数"),
    Mistake("plan", "缺少选项"),
    Mistake("list 一 二", "多余的参数"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.arguments}-{mistake.expected}")
def test_a_mistake_is_described_in_chinese(command: Command, tmp_path: Path, mistake: Mistake) -> None:
    mistake.write_files(tmp_path)
    result = command("--language", "zh", *mistake.arguments.split())
    assert result.status == 2, result.err
    assert HAN.search(result.err)
    assert mistake.expected in result.err, result.err
    lines = (AS_WRITTEN.sub(" ", PLACE.sub("", line.removeprefix("takeup: "))) for line in result.err.splitlines())
    assert not english_in("\n".join(lines)) - KEYS - PROGRAMS, result.err


def test_a_warning_of_a_check_is_chinese(command: Command, tmp_path: Path) -> None:
    scenario(f'{PUBLICITY}from = "2024-03"', "").write_files(tmp_path)
    result = command("check", "a.toml", "--language", "zh")
    assert result.status == 0
    assert "该干预的开始月份不在模拟期间之内" in result.err


def test_a_failure_to_write_is_described_in_chinese(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = command("run", "baseline", "--out", "file/out", "--language", "zh")
    assert result.status == 1
    assert result.err.endswith("：无法写入该文件：路径中的一部分是文件，不是文件夹\n")
