"""gan-scratch gradcheck on somebody's own file: what the page shows is what the command says."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gan_scratch.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "gradient_check.md"


def shown():
    """(the file of the page, [(command, output)])."""
    text = PAGE.read_text(encoding="utf-8")
    codes = re.findall(r"```python\n(.*?)```", text, re.S)
    (code,) = (block for block in codes if "class" in block)
    return code, re.findall(r"```\n\$ gan-scratch (.*?)\n(.*?)```", text, re.S)


def figures_apart(text):
    """Rounding belongs to a machine: the last digits of errors, and when a step is small enough."""
    return re.sub(r"[\d,]+ (forward|backward)", r"\1", re.sub(r" +\d\.\de[-+]\d\d", " error", text))


def test_the_page_shows_what_the_command_says(tmp_path, monkeypatch, capsys):
    code, examples = shown()
    (tmp_path / "my_layers.py").write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert len(examples) == 5
    for command, output in examples:
        assert main(command.split()) == 1
        assert figures_apart(capsys.readouterr().out) == figures_apart(output)


FIXES = (
    ("x.T @ dy / len(x)", "x.T @ dy"),
    ("self.db = dy\n", "self.db = dy.sum(axis=0)\n"),
    ("self.x = x\n        return np.maximum(x, 0.2 * x), None", "return np.maximum(x, 0.2 * x), x"),
    ("np.where(self.x > 0, dy, 0.2)", "np.where(cache > 0, dy, 0.2 * dy)"),
    ("return inv *", "return self.gamma * inv *"),
    ("return dy[:, ::2, ::2]",
     "n, h, w, c = dy.shape\n"
     "        return dy.reshape(n, h // 2, 2, w // 2, 2, c).sum(axis=(2, 4))"),
    ("(p - target) * p * (1 - p) / len(score)", "(p - target) / len(score)"),
)  # fmt: skip


def test_the_fixes_of_the_page_are_right(tmp_path, monkeypatch, capsys):
    code, examples = shown()
    for wrong, fixed in FIXES:
        assert wrong in code
        code = code.replace(wrong, fixed)
    (tmp_path / "my_layers.py").write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for command, _ in examples:
        assert main(command.split()) == 0, capsys.readouterr().out


@pytest.fixture
def in_file(tmp_path, monkeypatch, capsys):
    """in_file(text, *words) -> (exit code, stdout, stderr) of gradcheck on a file of this text."""

    def run(text, *words):
        (tmp_path / "own.py").write_text("import numpy as np\n" + text, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        code = main(["gradcheck", *words])
        return (code, *capsys.readouterr())

    return run


PAIR = """
def affine_forward(x, w, b, scale=1):
    return x @ w + b, (x, w)
def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
def alone(x):
    return x
"""


def test_a_pair_of_functions(in_file):
    words = "--x", "4,5", "--w", "5,3", "--b", "3"
    for name in ("affine", "affine_forward"):
        code, out, _ = in_file(PAIR, f"own.py:{name}", *words)
        assert code == 0 and out.startswith("affine_forward on x (4, 5), w (5, 3), b (3,)\n")
        assert out.endswith("\npassed\n")


EMBEDDING = """
class Embedding:
    def __init__(self, rng):
        self.table = rng.standard_normal((5, 3))
    def forward(self, indices):
        return self.table[indices], indices
    def backward(self, dy, indices):
        self.dtable = np.zeros_like(self.table)
        self.dtable[indices] += dy
"""


def test_an_embedding_is_given_integers(in_file):
    code, out, _ = in_file(EMBEDDING, "own.py:Embedding", "--input", "6", "--integers", "5")
    assert code == 1 and "x[indices] += adds once only" in " ".join(out.split())
    code, _, err = in_file(EMBEDDING, "own.py:Embedding", "--input", "6")
    assert code == 2 and "--input sets it, --integers its kind" in err


PRODUCT = """
class Product:
    def forward(self, a, b):
        return a * b, (a, b)
    def backward(self, dy, cache):
        a, b = cache
        return dy * b, dy * b
"""


def test_a_layer_of_two_inputs_is_given_two(in_file):
    code, out, _ = in_file(PRODUCT, "own.py:Product", "--input", "4,3", "--input", "4,3")
    assert code == 1 and out.startswith("Product on x of shape (4, 3) and (4, 3)\n")
    assert out.endswith("\nfailed\n")
    assert "dx[0]  (4, 3)" in out and "dx[1]" in out


RESIDUAL = """
def residual_forward(x, w):
    h = np.maximum(x @ w, 0)
    return x + h, (x, w, h)
def residual_backward(dy, cache):
    x, w, h = cache
    dy *= h > 0
    return dy + dy @ w.T, x.T @ dy
"""


def test_what_a_pass_writes_into_is_said_before_it_is_said_that_nobody_knows(in_file):
    code, out, _ = in_file(RESIDUAL, "own.py:residual", "--x", "4,3", "--w", "3,3")
    assert code == 1 and "backward writes into dy" in out and "None of the mistakes" not in out


@pytest.mark.parametrize("words, sentence", [
    (("own.py:affine",), "affine_forward takes x, w, b: give the shape of each, as in --x 4,3 --w"),
    (("own.py:affine", "--x", "4,5", "--w", "2,3", "--b", "3"), "look at its inputs' shapes"),
    (("own.py:affine", "--x", "4,5", "--w", "5,3", "--b", "3", "--scale", "2"),
     "scale cannot be set, and has its default"),
    (("own.py:affine", "--x", "4,5", "--w", "five", "--b", "3"), "--w is a shape such as 4,5"),
    (("own.py:alone", "--x", "4,5"), "alone must return (loss, gradient, ...)"),
    (("own.py:nothing",), "own.py has no class 'nothing', no functions nothing_forward and"),
    (("Dense", "--integers", "0", "--input", "4"), "--integers must be a whole number"),
    (("Embedding", "--integers", "3", "--input", "4", "--input", "4"), "--integers K goes with"),
    (("ReLU", "--intput", "4,5"), "no setting intput (did you mean input?)"),
    (("Dense", "--strickt"), "got --strickt (did you mean --strict?)"),
    (("own.py:affine", "--limit", "0"), "--limit must be a number of seconds above 0"),
    (("own.py:affine", "--limit", "inf"), "at most 1,000,000,000, got 'inf'"),
    (("Dense", "--watch"), "--watch needs a file to look at"),
])  # fmt: skip
def test_bad_input_is_one_sentence(in_file, words, sentence):
    code, out, err = in_file(PAIR, *words)
    assert code == 2 and not out and err.count("\n") == 1 and sentence in err


FORMS = """
import numpy as np

class GAN:
    def forward_generator(self, z):
        return z

    def forward_discriminator(self, x):
        return x

    def backward_discriminator(self, dy):
        return dy

class D(GAN):
    forward, backward = GAN.forward_discriminator, GAN.backward_discriminator

class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t, e = t, np.exp(x)
        self.y = e / e.sum(axis=1, keepdims=True)
        return -np.log(self.y[np.arange(len(t)), t]).mean()

    def backward(self, dout=1):
        return dout * (self.y - np.eye(self.y.shape[1])[self.t]) / len(self.t)

class NoWayBack:
    def forward(self, x):
        return np.tanh(x)

class NoOutput:
    def forward(self, x):
        self.result = np.tanh(x)

    def backward(self, dy):
        return dy
"""


@pytest.mark.parametrize("words, sentence", [
    ("GAN --input 4,3", "`class Part(GAN): forward, backward = GAN.forward_discriminator, "
     "GAN.backward_discriminator`"),
    ("GAN --input 4,3", "`def part_backward(dy, cache): ... return dx, dW, db`"),
    ("SoftmaxWithLoss --input 6,4 --input 6",
     "--integers its kind: --input integers:6 --integers K are 6 indices below K"),
    ("SoftmaxWithLoss --input 6,4 --input integers:6", "needs --integers K"),
    ("SoftmaxWithLoss --input 6,4 --input whole:6", "a kind is one of normal, probabilities,"),
    ("NoWayBack --input 4,3", "write `def backward(self, dy): ... return dx`"),
    ("NoOutput --input 4,3", "left no self.output: end it with `return y`"),
])  # fmt: skip
def test_a_form_that_cannot_be_taken_is_told_how_to_be_written(in_file, words, sentence):
    code, out, err = in_file(FORMS, *f"own.py:{words}".split())
    assert code == 2 and not out and err.count("\n") == 1 and sentence in err


def test_what_the_sentences_ask_for_is_taken(in_file):
    code, out, _ = in_file(FORMS, "own.py:D", "--input", "4,3")
    assert code == 0 and out.endswith("passed\n")
    words = "own.py:SoftmaxWithLoss --input 6,4 --input integers:6 --integers 4"
    code, out, _ = in_file(FORMS, *words.split())
    assert code == 0 and "dx[0]  (6, 4)" in out and out.endswith("passed\n")


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="this system has no alarm clock")
def test_an_endless_loop_is_given_up(in_file):
    text = (
        "class Hang:\n    def forward(self, x):\n        while True:\n            try:\n"
        "                while True:\n                    pass\n            except Exception:\n"
        "                pass\n    def backward(self, dy):\n        return dy\n"
    )
    code, _, err = in_file(text, "own.py:Hang", "--limit", "0.5")
    assert code == 2 and "own.py:Hang did not finish within 0.5 seconds: an endless loop?" in err


def test_a_watched_file_is_checked_whenever_it_is_saved(tmp_path):
    path = tmp_path / "own.py"
    layer = "class Double:\n    def forward(self, x):\n        return 2 * x, None\n"
    path.write_text(layer + "    def backward(self, dy, cache):\n        return dy\n")
    command = [sys.executable, "-m", "gan_scratch", "gradcheck", "own.py:Double", "--watch"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip

    def until_it_watches():
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("watching"):
                return "".join(lines)
        raise AssertionError("it ended")

    try:
        assert "\nfailed\n" in until_it_watches()
        time.sleep(0.05)
        path.write_text(layer + "    def backward(self, dy, cache):\n        return 2 * dy\n")
        assert "\npassed\n" in until_it_watches()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
