"""Who a student is: how an id is compared, written into a file, read back, and shown."""

import json
import unicodedata
from contextlib import suppress

ANYBODY = "anybody"  # stands in a file that names no student
MOST = 200  # characters of an id
PROSE = "\\\n\xa0\xad\u200c\u200d"  # what `shown` leaves alone in text that is no name


def normalised(student):
    """What is compared, and what a variant is drawn from: NFC, stripped, case folded."""
    folded = unicodedata.normalize("NFC", student).strip().casefold()
    return unicodedata.normalize("NFC", folded)


def checked(student):
    """The id itself; ValueError where it cannot travel through files and tables unaltered."""
    if len(student) > MOST:
        raise ValueError(f"a student's id has at most {MOST} characters; this one {len(student)}")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in student):
        rule = "a student's id has no line breaks or control characters"
        raise ValueError(f"{rule}; this one is {shown(student)}")
    return student


def valid(student):
    """The id, or None where `checked` would refuse it."""
    with suppress(ValueError):
        return checked(student) if isinstance(student, str) else None


def written(student):
    """An id as the rest of a line: as it is, or as a JSON string where that would not be exact."""
    if not student:
        return ANYBODY
    exact = student.isprintable() and student == student.strip() and student[0] != '"'
    return student if exact and student != ANYBODY else json.dumps(student)


def read_back(line):
    """The id that `written` made this of."""
    line = line.strip()
    if line.startswith('"'):
        try:
            return json.loads(line)
        except ValueError:
            return line
    return "" if line == ANYBODY else line


def shown(text, keep="", most=1000):
    """Somebody else's text, made harmless for a terminal, a page, a table or a plot.

    What does not print (escapes, line breaks, bytes that are not UTF-8, marks that turn the
    direction of writing) is written as \\x1b, and a backslash as two, so that two names never look
    the same. keep: characters that stay as they are.
    """
    escaped = "".join(
        c if c in keep or (c.isprintable() and c != "\\") else c.encode("unicode_escape").decode()
        for c in text[: most + 1]
    )
    return escaped if len(escaped) <= most else escaped[: most - 1] + "…"
