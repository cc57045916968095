"""Mistakes that people reported, or are known for, and what `gan-scratch gradcheck` says of them.

The files in reported/ were written anew, in the style of those who made the mistake, by people who
had not seen the checker: w... are wrong, k... are right. The comments at the top of each say where
the mistake was made (SOURCE), what it is (mistake), which gradients are wrong (TRUE) and how to
check the file (cmd). Besides, a wrong one has either

    SAYS  what the report says where it names the cause, once for each of several mistakes, or
    OPEN  `unknown` where the report says no more than which gradients are wrong; `true: ...` where
          it says something that helps, but not the cause, or one of two; `wrong: ...` where it
          says a cause that is not one; `not compared: ...` where the file passes and the report
          lists the wrong arrays as not compared; `refused: ...` where the file cannot be run, with
          the words that say so. The last may stand in a right file too.

Those in unseen/ were judged before the checker could learn from them: docs/results/reported.csv
has the counts. docs/reported-mistakes.md lists all files; `python
tests/gradient_check/test_reported.py` writes it, and prints the table and the sentence that
docs/gradient_check.md has.
"""

import collections
import contextlib
import csv
import io
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from gan_scratch.cli import main

HERE = Path(__file__).resolve().parent / "reported"
DOCS = HERE.parents[2] / "docs"
PAGE = DOCS / "reported-mistakes.md"
RESULTS = DOCS / "results" / "reported.csv"
CASES = {str(path.relative_to(HERE).with_suffix("")): path for path in sorted(HERE.rglob("*.py"))}
SAMPLE = list(CASES)[::15]
OTHERS = [name for name in CASES if name not in SAMPLE]
OPEN = ("true", "unknown", "wrong", "not compared", "refused")
FIRST = """# Reported mistakes

People made these mistakes in backward passes that they wrote by hand. Each was written anew, in
its author's style, as a test of [the gradient check](gradient_check.md): {wrong} wrong files, and
{right} right ones that look unusual. The report names the cause in {named} of the wrong ones. In
{true} it says something that helps, but not the whole cause (*in part*), and in {unknown} only
which gradients are wrong (*unknown*). It gives a *wrong cause* in {wrong cause}; {not compared}
pass with the wrong array listed as *not compared*, and {refused} cannot be run (*refused*). The
files are in `tests/gradient_check/reported`; each says in its first lines what is wrong and how to
check it.

An address is where the mistake, or one like it, was reported. *A known slip* is one that people
make again and again, written without a report at hand.
"""
SENTENCE = """Of {wrong} [mistakes that people reported](reported-mistakes.md), or are known for,
{named} are named today, {true} in part, and {unknown} are called unknown; the report gives a wrong
cause in {wrong cause}, {not compared} pass with the wrong array listed as not compared, and
{refused} cannot be run. None passes without a word. Of {right} right files beside them none is
called wrong, and {right refused} cannot be run."""
COLUMNS = ("set", "wrong files", "named", *OPEN, "missed")
ALL = "all three unseen sets"


def header(name):
    """The comments at the top: word -> what stands behind it, each time that it stands there."""
    found = collections.defaultdict(list)
    for line in CASES[name].read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        begins = re.match(r"# (SOURCE|mistake|TRUE|SAYS|OPEN|cmd):(.*)", line)
        if begins:
            texts = found[begins[1]]
            texts.append(begins[2].strip())
        else:
            texts[-1] = f"{texts[-1]} {line.lstrip('# ')}".strip()
    return found


def is_wrong(name):
    return Path(name).name.startswith("w")


def verdict(name):
    """ "right", "named" or one of OPEN; "right refused" if that is a right one's."""
    found = header(name)["OPEN"]
    if not is_wrong(name):
        return "right refused" if found else "right"
    return found[0].partition(":")[0] if found else "named"


def counts():
    """What was said -> number of files. "right" and "wrong" are the files of each sort."""
    found = collections.Counter(map(verdict, CASES))
    numbers = {word: found[word] for word in ("named", *OPEN, "right refused")}
    numbers["wrong cause"] = found["wrong"]
    numbers["wrong"] = sum(map(is_wrong, CASES))
    numbers["right"] = len(CASES) - numbers["wrong"]
    return numbers


def first_sight():
    """The rows of the table: what was said before anything was learnt from these files."""
    lines = RESULTS.read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    unseen = [row for row in rows if row["set"] == Path(row["folder"]).name]
    total = {column: sum(int(row[column]) for row in unseen) for column in COLUMNS[1:]}
    return [*unseen, {"set": ALL, **total}, *(row for row in rows if row not in unseen)]


def table():
    """The Markdown table of docs/gradient_check.md."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    lines += [f"| {' | '.join(str(row[column]) for column in COLUMNS)} |" for row in first_sight()]
    return "\n".join(lines)


def report_on(name):
    """(exit code, the report in one line)"""
    target, *options = header(name)["cmd"][0].split()
    np.random.seed(0)  # what many of them draw their weights from
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an overflow in somebody's code
                code = main(["gradcheck", f"{CASES[name]}:{target}", *options])
    finally:
        sys.modules.pop(f"checked_{CASES[name].stem}", None)
    return code, in_one_line(out.getvalue())


def in_one_line(text):
    return " ".join(text.split())


def judge(name):
    code, report = report_on(name)
    found, at_the_top = verdict(name), header(name)
    passes, refused = found in ("right", "not compared"), found.endswith("refused")
    assert code == (0 if passes else 2 if refused else 1), report
    assert ("WRONG" in report) <= (code == 1), report
    parts = [text.partition(": ")[2] for text in at_the_top["OPEN"]]
    if found == "not compared":
        listed = re.search(r"passed, \d+ arrays? not compared: (.*)", report)
        assert listed and set(parts[0].split(", ")) <= set(listed[1].split(", ")), report
    for text in at_the_top["SAYS"] + parts:
        assert in_one_line(text) in report, f"{name} does not say {text!r} (any more?):\n{report}"


@pytest.mark.parametrize("name", SAMPLE)
def test_a_sample_is_named(name):
    judge(name)


@pytest.mark.thorough
@pytest.mark.parametrize("name", OTHERS[::3])
def test_a_third_of_the_others_are_named(name):
    judge(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in OTHERS if name not in OTHERS[::3]])
def test_the_rest_are_named(name):
    judge(name)


def test_each_file_says_what_is_true_of_it():
    for name in CASES:
        at_the_top = header(name)
        for word in ("SOURCE", "mistake", "TRUE", "cmd"):
            assert len(at_the_top[word]) == 1 and at_the_top[word][0], (name, word)
        if is_wrong(name):
            assert bool(at_the_top["SAYS"]) != bool(at_the_top["OPEN"]), name
            assert all(at_the_top["SAYS"]), name
            open_ = at_the_top["OPEN"] or ["unknown"]
            more = "|".join(word for word in OPEN if word != "unknown")
            assert len(open_) == 1 and re.fullmatch(f"unknown|({more}): .+", open_[0]), name
        else:
            assert at_the_top["TRUE"][0].startswith("right"), name
            assert not at_the_top["SAYS"], name
            assert all(text.startswith("refused: ") for text in at_the_top["OPEN"]), name


def test_the_numbers_of_files_are_those_of_the_documentation():
    """A floor: whoever changes the checker may name more, not fewer."""
    found = counts()
    said = found["named"] + found["wrong cause"]
    said += sum(found[word] for word in OPEN if word != "wrong")
    assert found["wrong"] == said >= 243
    assert found["right"] >= 86
    assert found["named"] >= 158
    assert found["unknown"] <= 35
    assert found["wrong cause"] <= 1 and found["refused"] <= 1 and found["not compared"] <= 3
    text = in_one_line((DOCS / "gradient_check.md").read_text(encoding="utf-8"))
    assert in_one_line(SENTENCE.format(**found)) in text


def test_the_table_is_the_one_in_the_documentation():
    for row in first_sight():
        wrong = [name for name in CASES if name.startswith(f"{row.get('folder', 'unseen')}/")]
        right = [name for name in wrong if not is_wrong(name)]
        assert int(row["wrong files"]) == len(wrong) - len(right), row
        assert sum(int(row[column]) for column in COLUMNS[2:]) == int(row["wrong files"]), row
        if "folder" in row:
            assert int(row["right files"]) == len(right), row
            said = ("ok", "false alarm", "refused right")
            assert sum(int(row[column]) for column in said) == len(right), row
    assert table() in (DOCS / "gradient_check.md").read_text(encoding="utf-8")


def escaped(text):
    return re.sub(r"(`[^`]+`)|([\\`*_\[\]<>$|])", lambda m: m[1] or f"\\{m[2]}", text)


def source_of(text):
    """Where it was found: the first address, and whether it is known without one."""
    found = [f"<{url}>" for url in re.findall(r"https?://[^\s,;)]+[^\s,;:.)]", text)[:1]]
    found += ["a known slip"] if "known slip" in text else []
    return ", ".join(found) or escaped(text)


def line_of(name):
    at_the_top, found = header(name), verdict(name)
    source = source_of(at_the_top["SOURCE"][0])
    what = escaped(re.sub("^none:? ?", "", at_the_top["mistake"][0])).rstrip(".")
    if not is_wrong(name):
        source = f"as in {source}" if source.startswith("<") else source
    states = {"true": "in part", "wrong": "wrong cause", "right refused": "right, refused"}
    state = states.get(found, found)
    words = f"{what} ({source})" if what else source
    return f"- `{Path(name).name}` (*{state}*): {words}\n"


def page():
    text = FIRST.format(**counts())
    for folder in dict.fromkeys(str(Path(name).parent) for name in CASES):
        title = folder.replace("_", " ").replace("/", ": ", 1).replace("/", " set, ").capitalize()
        lines = [line_of(name) for name in CASES if str(Path(name).parent) == folder]
        text += f"\n## {title}\n\n" + "".join(lines)
    return text


def test_the_page_lists_them():
    wanted = page()
    assert wanted.count("\n- ") == len(CASES)
    assert PAGE.read_text(encoding="utf-8") == wanted, f"python {Path(__file__).name} writes it"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(table())
    print(SENTENCE.format(**counts()))
