"""A class folder with what teachers really get: unlucky_folder(path) fills it.

Each file says what a fair grader should do with it. What a file system refuses (a name that is not
UTF-8, a second name that differs only by case, a FIFO) is left out of the folder and of the list.
A submission is NAME.zip with manifest.json {"assignment", "student", "sha256"}, my_layers.py and
answers.md. Nothing here writes outside of the folder; two links lead out of it.
"""

import gzip
import hashlib
import io
import json
import os
import stat
import tarfile
import warnings
import zipfile
from pathlib import Path

MODULE = "import numpy as np\n\nREAL_WEIGHT = 2.5\n"
ANSWERS = "The gradient of W is wrong.\n"

GRADE = "grade it"
NOT_ZIP = "say that it is no submission zip; grade the rest"
SKIP = "pass over it silently or in one line: nobody handed it in"
REFUSE = "refuse it with the reason in one line; grade the rest"


def manifest(student, module=MODULE, **more):
    digest = hashlib.sha256(module.encode()).hexdigest()
    return json.dumps({"assignment": "layers", "student": student, "sha256": digest, **more})


def packed(*members):
    """The bytes of a zip with these (name or ZipInfo, content) pairs, in that order."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of duplicate names
        for name, content in members:
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def submission(student, *more, module=MODULE, text=None):
    """The bytes of a submission; more members may follow; text replaces the manifest."""
    return packed(("manifest.json", manifest(student, module) if text is None else text),
                  ("my_layers.py", module), ("answers.md", ANSWERS), *more)


def patched(data, local, central, value):
    """The zip with two bytes at these offsets of each local and each central header replaced."""
    data = bytearray(data)
    for signature, offset in ((b"PK\3\4", local), (b"PK\1\2", central)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset:at + offset + 2] = value.to_bytes(2, "little")
            at = data.find(signature, at + 4)
    return bytes(data)


def member(name, mode):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


class Folder:
    """Writes things into path and keeps (name, what a fair grader does)."""

    def __init__(self, path):
        self.path, self.things = Path(path), []
        self.path.mkdir(parents=True, exist_ok=True)

    def add(self, name, fair, make):
        """make(path) makes the thing; where the file system refuses, it is left out."""
        target = self.path / name
        if not os.path.lexists(target):  # a second name by case or Unicode form may be the first
            try:
                make(target)
            except (OSError, ValueError, NotImplementedError):
                return
            self.things.append((name, fair))

    def write(self, name, data, fair):
        data = data.encode() if isinstance(data, str) else data

        def make(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

        self.add(name, fair, make)


def unlucky_folder(path):
    """Fills path. Returns [(file name, what a fair grader should do with it)]."""
    folder = Folder(path)
    for part in (good_ones, no_files, other_formats, modules_outside, odd_names, same_names,
                 odd_zips, zip_members, manifests, ids, sizes, modes):
        part(folder)
    return folder.things


def good_ones(folder):
    """One at the beginning and one at the end of the alphabet: both are graded whatever is odd."""
    folder.write("0-first.zip", submission("first"), GRADE)
    folder.write("zz-last.zip", submission("last"), GRADE)


def no_files(folder):
    folder.add("fifo.zip", "say that it is no file; do not wait for a writer", os.mkfifo)
    folder.add("socket.zip", "say that it is no file",
               lambda target: os.mknod(target, stat.S_IFSOCK | 0o600))
    folder.add("folder.zip", "say that it is a folder", os.mkdir)
    folder.add("link-dangling.zip", "say that the link leads nowhere",
               lambda target: target.symlink_to("nothing-there.zip"))
    folder.add("link-to-itself.zip", "say that the link is circular",
               lambda target: target.symlink_to("link-to-itself.zip"))
    folder.add("link-circle-1.zip", "say that the link is circular",
               lambda target: target.symlink_to("link-circle-2.zip"))
    folder.add("link-circle-2.zip", "say that the link is circular",
               lambda target: target.symlink_to("link-circle-1.zip"))
    folder.add("link-outside.zip", "refuse it as a link out of the folder, and quote nothing of it",
               lambda target: target.symlink_to("/etc/passwd"))
    folder.add("link-to-first.zip", "say that it is a second copy of first's, or is a link",
               lambda target: target.symlink_to("0-first.zip"))
    folder.add("link-to-device.zip", "say that it is no file; do not read without end",
               lambda target: target.symlink_to("/dev/zero"))
    folder.add("link-to-root", "pass over it; do not walk the whole disk",
               lambda target: target.symlink_to("/", target_is_directory=True))
    folder.add("link-to-here", "pass over it; do not walk in a circle",
               lambda target: target.symlink_to(".", target_is_directory=True))
    folder.add("hard-link.zip", "say that it is a second copy of last's",
               lambda target: os.link(folder.path / "zz-last.zip", target))


def other_formats(folder):
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as archive:
        info = tarfile.TarInfo("my_layers.py")
        info.size = len(MODULE)
        archive.addfile(info, io.BytesIO(MODULE.encode()))
    folder.write("tarred.tar.gz", tar.getvalue(), NOT_ZIP)
    folder.write("tar-named-zip.zip", tar.getvalue(), NOT_ZIP)
    folder.write("gzip-named-zip.zip", gzip.compress(MODULE.encode()), NOT_ZIP)
    folder.write("seven.7z", b"7z\xbc\xaf\x27\x1c\0\4" + bytes(24), NOT_ZIP)
    folder.write("rar.rar", b"Rar!\x1a\7\1\0" + bytes(24), NOT_ZIP)
    folder.write("rar-named-zip.zip", b"Rar!\x1a\7\1\0" + bytes(24), NOT_ZIP)
    folder.write("text-named-zip.zip", "Sorry, I could not do it.\n", NOT_ZIP)
    folder.write("html-named-zip.zip", "<!DOCTYPE html><title>Sign in</title>", NOT_ZIP)
    folder.write("note.txt", "My dog ate it.\n", NOT_ZIP)
    folder.write("essay.docx", packed(("[Content_Types].xml", "<Types/>"),
                                      ("word/document.xml", "<w:document/>")), NOT_ZIP)
    folder.write("docx-named-zip.zip", packed(("word/document.xml", "<x/>")),
                 "say that the manifest is missing; grade the rest")
    folder.write("layers.ipynb", json.dumps({"cells": [], "nbformat": 4, "metadata": {}}), NOT_ZIP)
    folder.write("grades.csv", "student,points\nfirst,20\n", NOT_ZIP + "; do not overwrite it")
    folder.write("report.html", "<p>mine</p>", NOT_ZIP + "; do not overwrite it")
    folder.write("Upper.ZIP", submission("upper"), GRADE)
    folder.write("no-extension", submission("no-extension"), NOT_ZIP + ", or grade it")
    folder.write("half.zip.crdownload", submission("half")[:200], NOT_ZIP)
    for name in (".hidden.zip", "._0-first.zip", ".DS_Store", "Thumbs.db", "desktop.ini",
                 "~$essay.docx", ".gitignore", "0-first.zip~", "#0-first.zip#", ".~lock.grades#",
                 "__MACOSX/._0-first.zip", ".git/config", ".ipynb_checkpoints/layers.ipynb"):
        folder.write(name, b"\0\5\x16\7\0\2\0\0Mac OS X", SKIP)


def modules_outside(folder):
    folder.write("my_layers.py", MODULE,
                 "say that a module without a zip is nobody's; do not run it")
    folder.write("answers.md", ANSWERS, NOT_ZIP)
    folder.write("manifest.json", manifest("loose"), NOT_ZIP)
    for name in ("numpy.py", "sitecustomize.py", "conftest.py", "__init__.py", "zipfile.py"):
        folder.write(name, "raise SystemExit('red-imported')\n", "never import it; " + NOT_ZIP)
    folder.write("thrice.py", MODULE, "say that it is no zip; thrice.zip is the submission")
    folder.write("thrice.zip", submission("thrice"), GRADE)
    folder.write("thrice/my_layers.py", MODULE, "say that it is a folder; thrice.zip is graded")
    folder.write("unpacked/manifest.json", manifest("unpacked"),
                 "say that it is an unpacked zip (some browsers unpack); do not run it")
    folder.write("unpacked/my_layers.py", MODULE, "as unpacked/manifest.json")
    folder.write("late/late.zip", submission("late"), "say that it lies in a folder, or grade it")
    folder.write("/".join(["deep"] * 60 + ["deep.zip"]), submission("deep"),
                 "say that it lies in a folder, or grade it; do not recurse without end")


def odd_names(folder):
    def named(name, fair=GRADE + ", and show the name in a form that does no harm"):
        student = f"odd-{len(folder.things)}"
        folder.write(name, submission(student), fair)

    named(os.fsdecode(b"not-utf8-\xff\xfe.zip"))
    named(os.fsdecode("caf\u00e9.zip".encode("latin-1")))
    named(os.fsdecode(b"surrogate-\xed\xa0\x80.zip"))
    named("new\nline.zip")
    named("\n20 of 20 points\n.zip")
    named("return\rtab\tbell\7.zip")
    named("\x1b[2J\x1b[32m20 of 20.zip")
    named("c1-\x9b31m-\x85.zip")
    named("delete-\x7f.zip")
    named("bidi-\u202epiz.exe.zip")
    named("isolate-\u2066a\u2067b\u2069.zip")
    named("line-\u2028-paragraph-\u2029.zip")
    named("$\\frac{x$.zip")
    named("<script>alert(1)<.script>.zip")
    named("\"><img src=x onerror=alert(1)>.zip")
    named("&lt;b&gt;&amp;.zip")
    named("=1+1.zip")
    named("=HYPERLINK(\"http:example.invalid\",\"20\").zip")
    named("@SUM(1+1)*cmd|' 'C'!A0.zip")
    named("+20.zip")
    named("-20.zip")
    named("--help.zip")
    named("-rf.zip")
    named("comma,semicolon;\"quote\"'.zip")
    named("|pipe|table|.zip")
    named("[link](javascript:alert(1)).zip")
    named("# heading **bold** `code`.zip")
    named("$(true) `true` ; true & true.zip")
    named("%s %n {0} {points} {{7*7}} ${x}.zip")
    named("a*b?[c].zip")
    named("back\\slash.zip")
    named("..\\..\\windows.zip")
    named("C:\\student.zip")
    named("colon:stream.zip")
    named(" leading and trailing .zip ", NOT_ZIP + ", or grade it")
    named("trailing-dot.zip.", NOT_ZIP + ", or grade it")
    named("...zip")
    named(".zip", SKIP + "; or grade it")
    named("  .zip")
    named("\u00a0.zip")
    named("\u3000\u200b.zip")
    named("two.dots.zip.zip")
    named("long-" + "n" * 241 + ".zip")
    named("\u00e9" * 125 + ".zip")
    named("\U0001f3c6" * 62 + ".zip")
    named("wide-\uff5a\uff49\uff50-\U0001f468\u200d\U0001f469\u200d\U0001f467.zip")
    named("marks-e" + "\u0301" * 80 + ".zip")
    for name in ("CON", "nul", "AUX", "com1", "LPT9", "con.layers", "CONIN$", "COM\u00b9"):
        named(name + ".zip", GRADE + ", and write no file of a name that Windows reserves")


def same_names(folder):
    """Names that are one name on another system, or once shortened, cleaned or folded."""
    other = GRADE + ", and do not mix it up with the file of nearly the same name"
    for name in ("case.zip", "Case.zip", "CASE.Zip", "stra\u00dfe.zip", "strasse.zip",
                 "STRASSE.zip", "dotless-\u0131.zip", "dotless-i.zip", "dotless-\u0130.zip",
                 "caf\u00e9-form.zip", "cafe\u0301-form.zip", "\u212b-sign.zip", "\u00c5-sign.zip",
                 "space name.zip", "space_name.zip", "space\u00a0name.zip", "space-name.zip",
                 "zero\u200bwidth.zip", "zerowidth.zip", "zero\ufeffwidth.zip",
                 "cyrillic-a.zip", "cyrillic-\u0430.zip", "ligature-\ufb01.zip", "ligature-fi.zip",
                 "s" * 240 + "-end-1.zip", "s" * 240 + "-end-2.zip",
                 "same (1).zip", "same(1).zip", "same_1_.zip", "number-1.zip", "number-01.zip",
                 "number-\u0661.zip"):
        folder.write(name, submission(f"same-{len(folder.things)}"), other)


def odd_zips(folder):
    good = submission("zips")
    folder.write("empty.zip", b"", "say that the file is empty")
    folder.write("empty-archive.zip", packed(), "say that the manifest is missing")
    folder.write("cut-short.zip", submission("cut-short")[:-30], "say that the zip is damaged")
    folder.write("cut-start.zip", submission("cut-start")[40:], "say that the zip is damaged")
    wrong = bytearray(submission("wrong-sum"))
    wrong[wrong.find(b"PK\1\2") + 16] ^= 255
    folder.write("wrong-sum.zip", bytes(wrong), "say that the zip is damaged (CRC)")
    folder.write("only-the-end.zip", good[good.rfind(b"PK\5\6"):], "say that the zip is damaged")
    folder.write("text-before.zip", b"#!/bin/true\n" + submission("text-before"),
                 "grade it, or refuse it in one line")
    folder.write("text-after.zip", submission("text-after") + b"\r\nHello",
                 "grade it, or refuse it in one line")
    folder.write("two-in-one.zip", submission("two-in-one-a") + submission("two-in-one-b"),
                 "grade what unzip shows (two-in-one-b), or refuse it")
    folder.write("password.zip", patched(submission("password"), 6, 8, 1),
                 "say that it has a password")
    folder.write("method-99.zip", patched(submission("method-99"), 8, 10, 99),
                 "say that it is packed in a way that cannot be read")
    folder.write("method-ppmd.zip", patched(submission("method-ppmd"), 8, 10, 98),
                 "say that it is packed in a way that cannot be read")
    folder.write("version-99.zip", patched(submission("version-99"), 4, 6, 99),
                 "say that it needs a newer unzip, or grade it")
    named = submission("utf8-flag", ("caf_.txt", "x")).replace(b"caf_", b"caf\xe9")
    folder.write("utf8-flag.zip", patched(named, 6, 8, 0x800),
                 "say that the zip is damaged: a name in it is not the UTF-8 that it says")
    folder.write("names-disagree.zip", submission("names-disagree").replace(
        b"my_layers.py", b"my_layerz.py", 1), "say that the zip is damaged")
    folder.write("year-1980.zip", patched(submission("year-1980"), 12, 14, 0), GRADE)
    folder.write("nested.zip", packed(("nested.zip", submission("nested"))),
                 "say that a zip lies in the zip; do not unpack without end")
    inner = submission("nested-deep")
    for _ in range(50):
        inner = packed(("nested.zip", inner))
    folder.write("nested-deep.zip", inner, "as nested.zip")
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.comment = b"20 of 20 \x1b[2J\xff" * 4000
            archive.writestr("manifest.json", manifest("comment"))
            archive.writestr("my_layers.py", MODULE)
            archive.writestr("answers.md", ANSWERS)
        folder.write("comment.zip", file.getvalue(), "grade it, and do not print the comment")


def zip_members(folder):
    def plus(name, fair, *more):
        folder.write(f"{name}.zip", submission(name, *more), fair)

    stray = GRADE + " without the stray member; write nothing outside of the scratch folder"
    plus("absolute", stray, ("/tmp/red-marker-absolute", "x"))
    plus("parent", stray, ("../../../../../../tmp/red-marker-parent", "x"))
    plus("backslash-parent", stray, ("..\\..\\red-marker-backslash", "x"))
    plus("drive", stray, ("C:\\red-marker-drive", "x"), ("//server/share/red", "x"))
    plus("odd-member-names", stray, ("\x1b[2J20 of 20", "x"), ("\n", "x"), ("n" * 5000, "x"),
         ("CON", "x"), ("/", "x"), (".", "x"), ("\u202e", "x"))
    plus("python-beside", stray + "; never import it", ("numpy.py", "raise SystemExit(7)\n"),
         ("sitecustomize.py", "raise SystemExit(7)\n"), ("numpy/__init__.py", ""),
         ("__pycache__/my_layers.cpython-311.pyc", b"\0" * 64), ("conftest.py", "1 / 0\n"))
    plus("mac", GRADE + ", and pass over __MACOSX", ("__MACOSX/._my_layers.py", b"\0\5\x16\7"),
         ("__MACOSX/._manifest.json", b"\0\5\x16\7"), (".DS_Store", b"\0"))
    plus("many-members", REFUSE + " (or grade it, quickly)",
         *((f"data/{i}", "") for i in range(20_000)))
    twice = REFUSE + ": the name is there twice, so what is graded may not be what is read"
    plus("module-twice", twice, ("my_layers.py", "raise SystemExit('second')\n"))
    plus("manifest-twice", twice, ("manifest.json", manifest("first")))
    plus("answers-twice", twice, ("answers.md", "other"))
    plus("module-by-case", REFUSE + ", or grade my_layers.py", ("My_Layers.PY", "1 / 0\n"))
    plus("module-by-path", REFUSE + ", or grade my_layers.py", ("./my_layers.py", "1 / 0\n"),
         ("x/../my_layers.py", "1 / 0\n"), ("my_layers.py/", ""))
    plus("symlink-beside", stray, (member("link", 0o120777), "/tmp/red-target"),
         ("link/x", "through the link"))
    good = manifest("members")
    link = member("my_layers.py", 0o120777)
    folder.write("module-is-link.zip", packed(("manifest.json", manifest("module-is-link")), (
        link, "/etc/passwd"), ("answers.md", ANSWERS)), REFUSE + "; quote nothing of /etc/passwd")
    folder.write("answers-link.zip", packed(
        ("manifest.json", manifest("answers-link")), ("my_layers.py", MODULE),
        (member("answers.md", 0o120777), "/etc/passwd")),
        REFUSE + ", or show the link's text as the answer; quote nothing of /etc/passwd")
    folder.write("manifest-is-folder.zip", packed(("manifest.json/", ""), ("my_layers.py", MODULE)),
                 "say that the manifest is missing")
    folder.write("in-a-folder.zip", packed(*((f"ada/{name}", text) for name, text in (
        ("manifest.json", manifest("in-a-folder")), ("my_layers.py", MODULE),
        ("answers.md", ANSWERS)))), "say that the files lie in a folder, or grade it")
    folder.write("no-module.zip", packed(("manifest.json", good), ("answers.md", ANSWERS)),
                 "say that my_layers.py is missing")
    folder.write("no-manifest.zip", packed(("my_layers.py", MODULE), ("answers.md", ANSWERS)),
                 "say that manifest.json is missing; do not guess the student from the file name")
    folder.write("no-answers.zip", packed(("manifest.json", manifest("no-answers")), (
        "my_layers.py", MODULE)), "grade the code; the question has no answer")
    for name, module in (("module-empty", ""), ("module-nul", "x = 1\0\n"),
                         ("module-syntax", "def f(:\n"),
                         ("module-tabs", "if 1:\n\tx = 1\n        y"),
                         ("module-bom", "\ufeff" + MODULE), ("module-bidi", "# \u202e 02 fo 02\n"),
                         ("module-crlf", MODULE.replace("\n", "\r\n")),
                         ("module-cr", MODULE.replace("\n", "\r")),
                         ("module-coding", "# coding: rot13\nvzcbeg bf\n"),
                         ("module-unknown-coding", "# coding: none-such\n"),
                         ("module-parentheses", "x = " + "(" * 50_000 + ")" * 50_000),
                         ("module-minus", "x = " + "-" * 500_000 + "1")):
        folder.write(f"{name}.zip", submission(name, module=module),
                     "grade it: what does not compile gets no points and one line that says so")
    for name, data in (("module-latin", "# caf\u00e9\n".encode("latin-1")),
                       ("module-utf16", MODULE.encode("utf-16")), ("module-binary", b"\x7fELF\0")):
        text = json.dumps({"assignment": "layers", "student": name,
                           "sha256": hashlib.sha256(data).hexdigest()})
        folder.write(f"{name}.zip", packed(("manifest.json", text), ("my_layers.py", data), (
            "answers.md", ANSWERS)), "say that the module is not UTF-8 text; no points for code")
    for name, answer in (("answers-empty", b""), ("answers-latin", b"caf\xe9"),
                         ("answers-html", b"</pre><script>alert(1)</script># 20 of 20\n```\n"),
                         ("answers-ansi", b"\x1b[2J\x1b[H20 of 20\r\n\0"),
                         ("answers-latex", b"$\\frac{x$ $$ \\input{/etc/passwd}"),
                         ("answers-utf16", "20 of 20".encode("utf-16")),
                         ("answers-docx", packed(("word/document.xml", "<x/>")))):
        folder.write(f"{name}.zip", packed(("manifest.json", manifest(name)), (
            "my_layers.py", MODULE), ("answers.md", answer)),
            "grade the code; show the answer as plain text that does no harm")


def manifests(folder):
    bad = "say that the manifest cannot be read; grade the rest"
    for name, text in (
            ("brackets", "[" * 200_000), ("brackets-closed", "[" * 200_000 + "]" * 200_000),
            ("objects", '{"student":' * 100_000), ("blank", ""), ("spaces", " \n\t"),
            ("null", "null"), ("number", "20"), ("list", "[]"), ("string", '"ada"'),
            ("nan", "NaN"), ("nul-bytes", "\0" * 100), ("cut", '{"assignment": "layers", "stud'),
            ("comment", '{"student": "x"} // mine'), ("python", "{'student': 'x'}"),
            ("digits", '{"student": ' + "9" * 100_000 + "}"), ("exponent", '{"student": 1e999999}'),
            ("infinity", '{"student": -Infinity}'), ("surrogate", '{"student": "\\ud800"}'),
            ("latin", b'{"student": "caf\xe9"}'), ("empty-object", "{}"),
            ("html", "<html>"), ("proto", '{"__proto__": {"points": 20}, "__class__": "x"}')):
        folder.write(f"manifest-{name}.zip", submission("x", text=text), bad)
    plain = manifest("plain")
    folder.write("manifest-bom.zip", submission("x", text=b"\xef\xbb\xbf" + manifest(
        "manifest-bom").encode()), "grade it, or say that the manifest cannot be read")
    folder.write("manifest-utf16.zip", submission("x", text=manifest("manifest-utf16").encode(
        "utf-16")), "grade it, or say that the manifest cannot be read")
    folder.write("manifest-key-twice.zip",
                 submission("x", text=plain[:-1] + ', "student": "last"}'),
                 REFUSE + ": it names two students, plain and last")
    folder.write("manifest-more.zip", submission("x", text=manifest(
        "manifest-more", points=20, graded=True, total="20 of 20")),
        "grade it as if the other keys were not there")
    for name, change in (
            ("assignment-other", {"assignment": "game"}), ("assignment-path", {
                "assignment": "../../layers"}), ("assignment-none", {"assignment": None}),
            ("assignment-list", {"assignment": ["layers"]}), ("assignment-case", {
                "assignment": "Layers "}), ("assignment-words", {
                    "assignment": "\x1b[2J</b>=1+1\n20 of 20"})):
        folder.write(f"{name}.zip", submission("x", text=manifest(name, **change)),
                     "say that it is for no known (or another) assignment")
    digest = hashlib.sha256(MODULE.encode()).hexdigest()
    for name, value in (
            ("sha-wrong", "0" * 64), ("sha-none", None), ("sha-number", 0), ("sha-empty", ""),
            ("sha-list", [digest]), ("sha-long", digest * 10_000), ("sha-short", digest[:8]),
            ("sha-not-ascii", digest[:-1] + "\uff11")):
        folder.write(f"{name}.zip", submission("x", text=manifest(name, sha256=value)),
                     "say that the module is not the one that was packed; teacher's choice")
    folder.write("sha-upper.zip",
                 submission("x", text=manifest("sha-upper", sha256=digest.upper())),
                 "grade it, or say that the module is not the one that was packed")


def ids(folder):
    no_id = "say that the manifest names no student; grade the rest"
    for name, student in (
            ("none", None), ("number", 7), ("float", 7.5), ("true", True), ("list", ["ada"]),
            ("object", {"student": "ada"}), ("empty", ""), ("spaces", "   "),
            ("nbsp", "\u00a0"), ("zero-width", "\u200b\u200d\ufeff"), ("newline", "\n")):
        folder.write(f"id-{name}.zip", submission("x", text=manifest(student)), no_id)
    shown = "grade it if such ids are allowed, else refuse it; show the id so that it does no harm"
    for name, student in (
            ("huge", "i" * 1_000_000), ("path", "../../../../tmp/red-marker-id"),
            ("absolute", "/tmp/red-marker-id"), ("dot", "."), ("dots", ".."), ("slash", "a/b"),
            ("backslash", "a\\b"), ("reserved", "CON"), ("nul", "ada\0hidden"),
            ("lines", "ada\n20 of 20\nbob"), ("ansi", "\x1b[2J20 of 20"), ("return", "ada\r20"),
            ("bidi", "\u202eada"), ("html", "<script>alert(1)</script>"), ("formula", "=1+1"),
            ("formula-tab", "\t=1+1"), ("formula-at", "@SUM(1)"), ("cells", 'a","20","20'),
            ("separator", "a;20;20"), ("markdown", "|**20**| # `x` [l](javascript:1)"),
            ("latex", "$\\frac{x$"), ("template", "{0} %s ${x} {{7*7}}"), ("option", "--help"),
            ("glob", "*"), ("total", "Total"), ("surrogate", "\ud800"), ("digits", "007"),
            ("scientific", "1e5"), ("date", "2024-01-02"), ("emoji", "\U0001f3c6" * 1000)):
        folder.write(f"id-{name}.zip", submission("x", text=manifest(student)), shown)
    pair = "say that two ids are nearly the same; give neither the other's points"
    for name, student in (
            ("lower", "grace"), ("upper", "Grace"), ("all-upper", "GRACE"), ("before", " grace"),
            ("after", "grace "), ("nbsp-after", "grace\u00a0"), ("inside", "gra\u200bce"),
            ("soft-hyphen", "gra\u00adce"), ("cyrillic", "gr\u0430ce"), ("wide", "\uff47race"),
            ("nfc", "zo\u00eb"), ("nfd", "zoe\u0308"), ("sharp", "wei\u00df"), ("ss", "weiss")):
        folder.write(f"pair-{name}.zip", submission(student), pair)
    again = "say that two files have the id 'double': refuse both, or grade the one that it says"
    folder.write("double.zip", submission("double"), again)
    folder.write("double (1).zip", submission("double", module=MODULE + "# newer\n"), again)
    folder.write("double-copy.zip", submission("double"), again)
    other = "say that file name and id are of different students; the id counts, or neither"
    folder.write("alan.zip", submission("barbara"), other)
    folder.write("barbara.zip", submission("alan"), other)
    folder.write("eve.zip", submission("last"), "say that zz-last.zip has the same id, "
                 "so that eve can neither take nor spoil what last gets")
    copied = "grade it; whoever looks for copies finds that its module is the same as others'"
    folder.write("copied.zip", submission("copied"), copied)


def sizes(folder):
    large = REFUSE + ": it unpacks to more than homework needs; do not read all of it"
    for name in ("manifest.json", "my_layers.py", "answers.md", "zeros.bin"):
        members = {"manifest.json": manifest(f"zeros-{name}"), "my_layers.py": MODULE,
                   "answers.md": ANSWERS, name: bytes(40 * 2**20)}
        folder.write(f"zeros-{name}.zip", packed(*members.items()), large)
    folder.write("zeros-spread.zip", submission("zeros-spread", *(
        (f"zeros-{i}", bytes(2**20)) for i in range(48))), large)
    lies = bytearray(packed(("manifest.json", manifest("zeros-denied")), ("my_layers.py", MODULE), (
        "answers.md", bytes(40 * 2**20))))
    for signature, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        at = lies.rfind(signature) + offset
        lies[at:at + 4] = (100).to_bytes(4, "little")
    folder.write("zeros-denied.zip", bytes(lies),
                 "say that the zip is damaged: its header says 100 bytes, and 40 MB follow")
    folder.write("long-lines.zip", submission("long-lines", module="#" + "x" * 10_000_000), large)

    def sparse(target):
        with open(target, "wb") as file:
            file.truncate(2**30)

    folder.add("sparse.zip", "say that it is too large, or no zip; do not read 1 GB", sparse)

    def sparse_zip(target):
        with open(target, "wb") as file:
            file.seek(2**30)
            file.write(submission("sparse-before"))

    folder.add("sparse-before.zip", "say that it is too large (a zip after 1 GB of nothing)",
               sparse_zip)


def modes(folder):
    def locked(make, mode):
        def make_and_lock(target):
            make(target)
            target.chmod(mode)

        return make_and_lock

    def write(student):
        return lambda target: target.write_bytes(submission(student))

    folder.add("mode-000.zip", "say that it cannot be read (root can: grade it)",
               locked(write("mode-000"), 0))
    folder.add("mode-read-only.zip", GRADE, locked(write("mode-read-only"), 0o400))
    folder.add("mode-setuid.zip", GRADE, locked(write("mode-setuid"), 0o4777))
    folder.add("mode-000-folder", "pass over it, or say that it cannot be read",
               locked(os.mkdir, 0))

    def dated(when):
        def make(target):
            target.write_bytes(submission(target.stem))
            os.utime(target, (when, when))

        return make

    folder.add("dated-1901.zip", GRADE + ", also with a date before 1970", dated(-2**31))
    folder.add("dated-2106.zip", GRADE + ", also with a date in the future", dated(2**32))
