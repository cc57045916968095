"""What is handed in: a zip of the module, the answers and a manifest. Packed here, and read here by
a grader that does not trust it: nothing is unpacked to disk, and only the names asked for are read.
"""

import hashlib
import io
import json
import re
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

from gan_scratch.coursework.source import ANYBODY, DRAWN_FOR

MANIFEST = "manifest.json"
ANSWERS = "answers.md"
MOST_BYTES = 1 << 20  # of one file
MOST_ZIPPED = 8 << 20  # of the zip itself


class Unreadable(Exception):
    """Why a submission cannot be graded, in a sentence for the student."""


@dataclass
class Submission:
    """One student's work, as far as it can be read.

    file        the name under which it came, without its ending
    student     who says to have written it
    text        of the module
    answers     to the questions, for a person to read
    problem     why it cannot be graded, else ""
    digest      of all that came, to see whether it was graded already
    """

    file: str
    student: str = ""
    text: str = ""
    answers: str = ""
    problem: str = ""
    digest: str = ""


def pack(assignment, text, answers):
    """The bytes of the zip."""
    manifest = {
        "assignment": assignment.name, "student": assignment.student,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
        archive.writestr(f"{assignment.module}.py", text)
        archive.writestr(ANSWERS, answers)
    return stream.getvalue()


def found_in(folder, module):
    """The submissions in a folder: zips, modules, folders; a folder with the module is one itself.

    A single file is one too.
    """
    folder = Path(folder)
    if not folder.exists():
        raise ValueError(f"there is no {folder}")
    if folder.is_file() or (folder / f"{module}.py").is_file():
        return [folder]
    found = [
        path for path in sorted(folder.iterdir())
        if not path.name.startswith((".", "__"))
        and (path.is_dir() or path.suffix.lower() in (".zip", ".py", ".ipynb"))
    ]
    if not found:
        raise ValueError(f"{folder} holds no submissions: zips, {module}.py files or folders")
    return found


def read(path, name, module):
    """The Submission at `path` for the assignment of this name. What is wrong is in `problem`."""
    path = Path(path)
    submission = Submission(path.stem if path.is_file() else path.name)
    try:
        files, submission.digest = contents(path, module)
        manifest = read_manifest(files.get(MANIFEST))
        if manifest.get("assignment") not in (None, name):
            raise Unreadable(
                f"this is a submission of the assignment {manifest['assignment']!r}, not {name!r}"
            )
        submission.text = decoded(files, f"{module}.py")
        submission.student = manifest.get("student", named_in(submission.text, submission.file))
        submission.answers = decoded(files, ANSWERS) if ANSWERS in files else ""
    except Unreadable as error:
        submission.student = submission.student or submission.file
        submission.problem = str(error)
    return submission


def contents(path, module):
    """(name -> bytes of the files that are asked for, digest of what came)."""
    wanted = (f"{module}.py", ANSWERS, MANIFEST)
    if path.is_dir():
        there = {
            entry.name: entry for entry in path.iterdir()
            if entry.is_file() and not entry.is_symlink()
        }
        files = {name: limited(there[name]) for name in wanted if name in there}
        digest = hashlib.sha256(repr(sorted(files.items())).encode())
        zips = [entry for entry in there.values() if entry.suffix.lower() == ".zip"]
        if f"{module}.py" not in files and len(zips) == 1:
            return contents(zips[0], module)
        names = there
    else:
        data = limited(path, MOST_ZIPPED)
        digest = hashlib.sha256(data)
        if path.suffix.lower() == ".zip":
            files, names = unzipped(data, wanted)
        else:
            files, names = {path.name: data}, [path.name]
            if path.suffix == ".py":  # whatever it is called, it is the module
                files = {f"{module}.py": data}
    if f"{module}.py" not in files:
        raise Unreadable(missing(f"{module}.py", list(names)))
    return files, digest.hexdigest()


def limited(path, most=MOST_BYTES):
    with open(path, "rb") as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise Unreadable(f"{path.name} is larger than {most >> 20} MiB")
    return data


def unzipped(data, wanted):
    """The wanted files of a zip, at its top or in its one folder."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            files = {}
            for entry in entries:
                *folders, name = entry.filename.replace("\\", "/").split("/")
                if name not in wanted or "__MACOSX" in folders or ".." in folders:
                    continue
                if stat.S_ISLNK(entry.external_attr >> 16):
                    raise Unreadable(f"{name} in the zip is a link, wanted the file itself")
                if name in files:
                    raise Unreadable(f"{name} is in the zip twice")
                if entry.flag_bits & 1:
                    raise Unreadable("the zip is locked with a password")
                with archive.open(entry) as stream:  # what it says of its size is not believed
                    files[name] = stream.read(MOST_BYTES + 1)
                if len(files[name]) > MOST_BYTES:
                    raise Unreadable(f"{name} in the zip is larger than {MOST_BYTES >> 20} MiB")
    except Unreadable:
        raise
    except Exception:  # zipfile raises many things at bytes that somebody has bent
        raise Unreadable("the zip cannot be read: it is damaged, or no zip") from None
    return files, [entry.filename for entry in entries]


def missing(module, names):
    shown = ", ".join(sorted(printable(name) for name in names)[:5]) or "nothing"
    if any(name.endswith(".ipynb") for name in names):
        return (
            f"{module} is missing and a notebook came in its place: the notebook only leads, "
            f"what is graded is {module}"
        )
    return f"{module} is missing; there is {shown}"


def printable(text):
    return "".join(c for c in text if c.isprintable())[:60]


def named_in(text, file):
    """For whom a module was drawn, as it says itself; else it is named after its student."""
    found = re.search(f"^{re.escape(DRAWN_FOR)}(.*)$", text, re.M)
    if not found:
        return file
    return "" if found[1].strip() == ANYBODY else printable(found[1].strip())


def read_manifest(data):
    try:
        manifest = json.loads(data) if data else {}
    except ValueError:
        manifest = {}
    if not isinstance(manifest, dict):
        return {}
    return {name: printable(value) for name, value in manifest.items() if isinstance(value, str)}


def decoded(files, name):
    """Text, with the line ends and marks of other systems taken away."""
    data = files[name]
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"{name} is not UTF-8 text: byte {error.start} cannot be read; save it as UTF-8"
        ) from None
    if "\0" in text:
        raise Unreadable(f"{name} is not text: it holds a zero byte")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def file_name(student):
    """A name that no file system minds, another one for each student."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", student).strip("-")[:60]
    if plain == student and plain:
        return plain
    return f"{plain or 'student'}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"
