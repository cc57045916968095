"""What an option takes, and what is said of a word that it does not take."""

from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from gan_scratch import settings
from gan_scratch.cli import options


@pytest.mark.parametrize("kind, words, value", [
    (options.count, "1", 1), (options.count, "1000000000", 10**9),
    (options.seed, "0", 0), (options.seed, str(2**63 - 1), 2**63 - 1),
    (options.processes, "1024", 1024),
    (options.positive, "1e-300", 1e-300), (options.seconds, "1e9", 1e9),
    (options.path, "~/runs", str(Path.home() / "runs")), (options.path, "a/~b", "a/~b"),
])  # fmt: skip
def test_what_is_taken(kind, words, value):
    assert kind(words) == value


@pytest.mark.parametrize("kind, words, sentence", [
    (options.path, "", "must not be empty"),
    *[
        (options.count, words, f"must be a whole number from 1 to 1,000,000,000, got {words!r}")
        for words in ("0", "-1", "1.0", "1e3", "nan", "", "1000000001")
    ],
    (options.count, "9" * 5000, "got '999999999999...9999999999999'"),  # more than int() reads
    (options.seed, "-1", "must be a whole number from 0 to 9,223,372,036,854,775,807, got '-1'"),
    (options.seed, str(2**63), "got '9223372036854775808'"),
    (options.processes, "1025", "must be a whole number from 1 to 1,024, got '1025'"),
    *[
        (options.positive, words, f"must be a finite number above 0, got {words!r}")
        for words in ("0", "-1", "nan", "inf", "1e400", "", "two")
    ],
    *[
        (options.seconds, words, "must be a number of seconds above 0 and at most 1,000,000,000")
        for words in ("0", "-1", "nan", "inf", "1e10", "")
    ],
])  # fmt: skip
def test_what_is_not_taken(kind, words, sentence):
    with pytest.raises(ArgumentTypeError) as caught:
        kind(words)
    assert str(caught.value).endswith(sentence) or str(caught.value).startswith(sentence)


@pytest.mark.parametrize("word, hint", [
    ("linaer", " (did you mean linear?)"), ("COSINE", " (did you mean cosine?)"), ("quadratic", ""),
    ("", ""), (3, ""), (None, ""),
])  # fmt: skip
def test_the_nearest_of_some_words_is_named(word, hint):
    with pytest.raises(ValueError) as caught:
        settings.one_of(None, "schedule", word, {"constant": 1, "linear": 2, "cosine": 3})
    assert str(caught.value) == (
        f"unknown schedule {word!r}{hint}; choose one of constant, linear, cosine"
    )
