"""What is handed in: a zip of the module, the answers and a manifest. Packed here, and read here by
a grader that does not trust it: nothing is unpacked to disk, only the names asked for are read, and
only from regular files, so that no pipe or device is waited for and no link is followed.
"""

import hashlib
import io
import json
import os
import re
import stat
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from gan_scratch.coursework.source import DRAWN_FOR, STARTED
from gan_scratch.coursework.students import normalised, read_back, shown, valid

MANIFEST = "manifest.json"
ANSWERS = "answers.md"
ENDINGS = (".zip", ".py", ".ipynb")  # of files that somebody may have handed in
IGNORED = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".git")
MOST_BYTES = 1 << 20  # of one file
MOST_ZIPPED = 8 << 20  # of the zip itself
RESERVED = re.compile(r"((con|prn|aux|nul|conin|conout|com|lpt)[0-9]?)(?![a-z0-9_])")  # by Windows
KINDS = {
    stat.S_IFLNK: "a link", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFDIR: "a folder",
}


class Unreadable(Exception):
    """Why a submission cannot be graded, in a sentence for the student."""


class NoSubmission(Exception):
    """Why a thing that lies among the submissions is none, in a sentence for the teacher."""


@dataclass
class Submission:
    """One student's work, as far as it can be read.

    student     the id of whoever says to have written it, unaltered
    text        of the module
    answers     to the questions, for a person to read
    problem     why it is worth nothing, else ""
    aside       why it is no submission at all, else ""
    notes       what a teacher should look at
    digest      of all that came, to see whether it was graded already
    """

    student: str = ""
    text: str = ""
    answers: str = ""
    problem: str = ""
    aside: str = ""
    notes: list = field(default_factory=list)
    digest: str = ""


def pack(assignment, text, answers):
    """The bytes of the zip."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    manifest = {"assignment": assignment.name, "student": assignment.student, "sha256": digest}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
        archive.writestr(f"{assignment.module}.py", text)
        archive.writestr(ANSWERS, answers)
    return stream.getvalue()


def given(name, module):
    """The files beside the student's own in a folder where this assignment was started."""
    return f"{name}.ipynb", f"test_{module}.py", "pytest.ini", STARTED


def found_in(folder, name, module, apart=()):
    """(what to grade in a folder, what is passed over): everything in it is the one or the other.

    A single file is a submission, and so is a folder with the module and nothing else but files of
    the assignment. apart: paths of our own that may lie in the folder.
    """
    folder = Path(folder)
    if not folder.exists():
        raise ValueError(f"there is no {folder}")
    folder = folder.resolve()
    if not folder.is_dir():
        return [folder], []
    there = {path.name: path for path in sorted(folder.iterdir())}
    ignored = [each for each in there if each in IGNORED or there[each] in apart]
    names = [each for each in there if each not in ignored]
    own = (f"{module}.py", ANSWERS, MANIFEST)
    if own[0] in names:
        alone = (*own, *given(name, module), "__pycache__")
        if all(each in alone or each.startswith(".") for each in names):
            return [folder], ignored
        names = [each for each in names if each not in own[1:]]  # they belong to that module
    if not names:
        raise ValueError(f"{folder} holds no submissions: zips, {module}.py files or folders")
    return [there[each] for each in names], ignored


def read(path, name, module, alone=False):
    """The Submission at `path` for the assignment of this name; OSError where this computer cannot
    read it.

    alone   it is all that is graded, so its name is the teacher's and not a student's
    """
    path = Path(path)
    work = Submission()
    stem = path.name if path.is_dir() else path.stem
    guess = "" if stem == module else valid(stem) or ""
    try:
        check_name(path, name, module, alone)
        files, work.digest, names = contents(path, module)
        manifest = read_manifest(files.get(MANIFEST), work.notes)
        other = manifest.get("assignment", name)
        if other != name:
            other = shown(repr(other), most=60) if isinstance(other, str) else "of no name"
            raise Unreadable(f"this is a submission of the assignment {other}, not {name!r}")
        work.student = valid(manifest.get("student")) or ""
        work.text = decoded(files, f"{module}.py")
        packed = hashlib.sha256(files[f"{module}.py"]).hexdigest()
        if manifest.get("sha256", packed) != packed:
            work.notes.append("its module is not the one that `assignment submit` packed")
        work.student = whose(manifest.get("student"), work.text, guess, work.notes)
        if path.name == f"{module}.py" and not alone:
            work.notes.append("it lies in the folder of the class itself")
        elif not alone and normalised(work.student) and not in_names(work.student, names):
            work.notes.append(f"it names {shown(work.student)}, and its file name does not")
        if ANSWERS in files:
            work.answers = decoded(files, ANSWERS)
    except NoSubmission as error:
        work.aside = str(error)
    except Unreadable as error:
        if work.text:  # only the answers are missing
            work.notes.append(str(error))
        else:
            work.student = work.student or guess
            work.problem = str(error)
    return work


def check_name(path, name, module, alone):
    """NoSubmission for what cannot be one, as its kind or its name says."""
    mode = os.lstat(path).st_mode
    kind = KINDS.get(stat.S_IFMT(mode))
    if kind and not stat.S_ISDIR(mode):
        raise NoSubmission(f"it is {kind}, and only files and folders are read")
    if not alone and path.name.startswith("."):
        raise NoSubmission("its name begins with a dot, so it is hidden; rename it to grade it")
    if path.name in given(name, module):
        raise NoSubmission("it comes with the assignment")
    if not kind and path.suffix.lower() not in ENDINGS:
        ending = f"it ends in {shown(path.suffix)}" if path.suffix else "its name has no ending"
        raise NoSubmission(f"{ending}, and only a zip, {module}.py or a folder is read")


def contents(path, module):
    """(name -> bytes of the files that are asked for, or the Unreadable that they are; digest of
    what came; names under which it came)."""
    wanted = (f"{module}.py", ANSWERS, MANIFEST)
    folder = path.parent if path.name == wanted[0] and not path.is_dir() else path
    if folder.is_dir() and not folder.is_symlink():
        names = sorted(entry.name for entry in folder.iterdir())
        files = {each: taken(limited, folder / each) for each in wanted if each in names}
        zips = [each for each in names if each.lower().endswith(".zip")]
        if wanted[0] not in files and len(zips) == 1:
            files, digest, names = contents(folder / zips[0], module)
            return files, digest, [path.name, *names]
        digest = hashlib.sha256(repr(sorted(files.items())).encode())
    else:
        data = limited(path, MOST_ZIPPED)
        digest = hashlib.sha256(data)
        if path.suffix.lower() == ".zip":
            files, names = unzipped(data, wanted)
        else:
            files, names = {path.name: data}, [path.name]
            if path.suffix.lower() == ".py":  # whatever it is called, it is the module
                files = {wanted[0]: data}
    if wanted[0] not in files:
        raise Unreadable(missing(wanted[0], names))
    return files, digest.hexdigest(), [path.name]


def limited(path, most=MOST_BYTES):
    """The bytes of a regular file."""
    if kind := KINDS.get(stat.S_IFMT(os.lstat(path).st_mode)):
        raise Unreadable(f"{shown(path.name)} is {kind}, wanted the file itself")
    with open(path, "rb", opener=without_waiting) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise Unreadable(f"{shown(path.name)} is larger than {most >> 20} MiB")
    return data


def without_waiting(path, flags):
    """Opens no link and waits for no pipe, should one have come in the file's place."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def taken(read, *arguments):
    """What `read` gives, or the Unreadable that it raises: not every file is needed."""
    try:
        return read(*arguments)
    except Unreadable as error:
        return error


def unzipped(data, wanted):
    """The wanted files of a zip, at its top or in its one folder; and all its names."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            files = {}
            for entry in entries:
                *folders, name = entry.filename.replace("\\", "/").split("/")
                if name not in wanted or "__MACOSX" in folders or ".." in folders:
                    continue
                if entry.flag_bits & 1:
                    raise Unreadable("the zip is locked with a password")
                twice = Unreadable(f"{name} is in the zip twice")
                files[name] = twice if name in files else taken(from_zip, archive, entry, name)
    except Unreadable:
        raise
    except Exception:  # zipfile raises many things at bytes that somebody has bent
        raise Unreadable("the zip cannot be read: it is damaged, or no zip") from None
    return files, [entry.filename for entry in entries]


def from_zip(archive, entry, name):
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Unreadable(f"{name} in the zip is a link, wanted the file itself")
    with archive.open(entry) as stream:  # what it says of its size is not believed
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Unreadable(f"{name} in the zip is larger than {MOST_BYTES >> 20} MiB")
    return data


def missing(module, names):
    some = ", ".join(shown(name, most=60) for name in sorted(names)[:5]) or "nothing"
    if any(name.endswith(".ipynb") for name in names):
        return (
            f"{module} is missing and a notebook came in its place: the notebook only leads, "
            f"what is graded is {module}"
        )
    return f"{module} is missing; there is {some}"


def whose(named, text, guess, notes):
    """The student's id: as the manifest names it, else as the module does, else of the file name.
    What is odd about it is added to `notes`."""
    found = re.search(f"^{re.escape(DRAWN_FOR)}(.*)$", text, re.M)
    drawn = valid(read_back(found[1])) if found else None
    if valid(named) is None and named is not None or drawn is None and found:
        notes.append("it names a student by an id that `assignment start` refuses; passed over")
    named = valid(named)
    if None not in (named, drawn) and normalised(named) != normalised(drawn):
        notes.append(
            f"its manifest says {shown(named or 'nobody')}, but its module was drawn for "
            f"{shown(drawn or 'nobody')}"
        )
    student = next(each for each in (named, drawn, guess) if each is not None)
    if not normalised(student):
        notes.append("it names no student; graded in the variant of nobody in particular")
    elif named is None and drawn is None:
        notes.append(f"it names no student; graded as {shown(student)}'s, after its file name")
    return student


def in_names(student, names):
    """Whether one of these file names has the student's id in it, as words of its own."""
    ids = [f" {words(each)} " for each in (student, file_name(student))]
    return any(each in f" {words(name)} " for each in ids for name in names)


def words(text):
    return re.sub(r"[\W_]+", " ", normalised(text)).strip()


def read_manifest(data, notes):
    """What a manifest says, of whatever type; {} where there is none that can be read."""
    if data is None:
        return {}
    try:
        manifest = None if isinstance(data, Unreadable) else json.loads(data)
    except (ValueError, RecursionError):
        manifest = None
    if isinstance(manifest, dict):
        return manifest
    notes.append(str(data) if isinstance(data, Unreadable) else f"its {MANIFEST} cannot be read")
    return {}


def decoded(files, name):
    """Text, with the line ends and marks of other systems taken away."""
    data = files[name]
    if isinstance(data, Unreadable):
        raise data
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


def file_name(name):
    """A name that no file system minds, another one for each `name`, also where capitals count for
    nothing."""
    plain = re.sub(r"[^a-z0-9_.-]+", "-", name.lower()).strip("-.")[:60]
    if plain == name and plain and not RESERVED.match(plain):
        return plain
    plain = RESERVED.sub(r"_\1", plain)
    mark = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{plain or 'student'}-{mark}"
