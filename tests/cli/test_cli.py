"""The commands as a person types them: what they make, and what they say of bad input."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from gan_scratch import runs
from gan_scratch.cli import main
from gan_scratch.gradient_check import catalogue, check, check_game
from gan_scratch.layers import Dense, PReLU, Softmax
from gan_scratch.losses import NonSaturating
from gan_scratch.plots import curves
from gan_scratch.training.checkpoints import read

SHORT = ["--steps", "12", "--batch-size", "16"]


@pytest.fixture(scope="module")
def finished_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "digits"
    assert main(["train", *SHORT, "--out", str(folder)]) == 0
    return folder


@pytest.fixture(autouse=True)
def few_pictures(finished_run, monkeypatch):
    """The finished run has all of them. In others curves and film would take most of the time."""
    monkeypatch.setattr(curves, "curves", lambda values, path: path.write_bytes(b""))
    monkeypatch.setattr(runs, "SNAPSHOTS", 2)


def width(path):
    with Image.open(path) as picture:
        return picture.size[0]


class TestTrain:
    def test_leaves_a_folder_of_pictures(self, finished_run):
        made = {path.name for path in finished_run.iterdir()}
        assert made >= {
            "recipe.json", "checkpoint.gan", "values.csv", "samples.png", "film.gif",
            "growth.png", "interpolation.png", "curves.png", "report.html", "film",
        }  # fmt: skip
        assert width(finished_run / "samples.png") > 10 * 28
        with Image.open(finished_run / "film.gif") as film:
            assert film.n_frames >= 10
        assert json.loads((finished_run / "recipe.json").read_text())["name"] == "mlp-digits"
        assert "base64," in (finished_run / "report.html").read_text(encoding="utf-8")

    def test_prints_plain_lines_with_rate_and_time_left_when_piped(self, say, tmp_path):
        code, out, err = say("train", *SHORT, "--out", tmp_path / "run")
        assert (code, err) == (0, "")
        assert re.search(r"step 12/12  epoch 0  D \d.* steps/s  \d+ s left", out)
        assert "done after 12 steps; look at" in out
        assert "\r" not in out

    def test_the_same_seed_gives_the_same_picture_and_another_another(
        self, say, finished_run, tmp_path
    ):
        for name, seed in (("b", 0), ("c", 4)):
            assert say("train", *SHORT, "--seed", seed, "--out", tmp_path / name)[0] == 0
        folders = finished_run, tmp_path / "b", tmp_path / "c"
        a, b, c = ((folder / "samples.png").read_bytes() for folder in folders)
        assert a == b and a != c

    def test_the_classic_recipe_and_other_data(self, say, tmp_path):
        code, out, _ = say("train", "mlp-classic", *SHORT, "--data", "fashion",
                           "--learning-rate", "0.001", "--dtype", "float64",
                           "--out", tmp_path / "run")  # fmt: skip
        assert code == 0 and "fashion" in out
        recipe = json.loads((tmp_path / "run" / "recipe.json").read_text())
        assert recipe["dtype"] == "float64"
        assert recipe["settings"]["optimizers"]["learning_rate"] == 0.001

    def test_points(self, say, tmp_path):
        assert say("train", *SHORT, "--data", "ring", "--out", tmp_path / "run")[0] == 0
        assert (tmp_path / "run" / "report.html").exists()

    def test_a_folder_of_ones_own_pictures(self, say, tmp_path):
        pictures = tmp_path / "mine"
        pictures.mkdir()
        rng = np.random.default_rng(0)
        for number in range(30):
            pixels = rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(pictures / f"{number:02}.png")
        (pictures / "broken.png").write_bytes(b"no picture")
        code, out, err = say("train", *SHORT, "--data", pictures, "--out", tmp_path / "run")
        assert code == 0 and "28×28×3" in out
        assert "31 files seen, 30 used as 28×28 in colour: 27 to train on, 3 held out" in out
        assert "broken.png" in out and err == ""
        found = json.loads((tmp_path / "run" / "recipe.json").read_text())
        assert (found["data_account"]["seen"], found["data_account"]["used"]) == (31, 30)
        assert found["settings"]["data"]["reading"]["draft"] is True
        assert "broken.png" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
        assert width(tmp_path / "run" / "data.png") > 5 * 28

    def test_a_second_run_gets_a_folder_of_its_own(self, say, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert say("train", *SHORT)[0] == 0
        assert say("train", *SHORT)[0] == 0
        assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [
            "mlp-digits", "mlp-digits-2"
        ]  # fmt: skip

    def test_resume_to_a_further_goal(self, say, tmp_path):
        run = tmp_path / "run"
        say("train", *SHORT, "--out", run)
        code, out, _ = say("train", "--resume", run)
        assert code == 0 and "--steps sets a further goal" in out
        code, out, _ = say("train", "--resume", run, "--steps", 20)
        assert code == 0 and "done after 20 steps" in out

    def test_until_equilibrium_is_a_rule_beside_the_steps(self, say, tmp_path):
        """D is near 1/2 before the first step, so V near -log 4 proves nothing."""
        code, out, _ = say("train", "--data", "ring", "--steps", 25, "--batch-size", 2000,
                           "--until-equilibrium", "--out", tmp_path / "run")  # fmt: skip
        assert code == 0 and "step 25/25  epoch 5" in out and "done after 25 steps" in out

    def test_ctrl_c_finishes_the_step_saves_and_says_how_to_go_on(self, tmp_path):
        run = tmp_path / "run"
        command = [sys.executable, "-m", "gan_scratch", "train", "--steps", "100000",
                   "--out", str(run)]  # fmt: skip
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while not (run / "values.csv").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1.0)
        child.send_signal(getattr(signal, "CTRL_C_EVENT", signal.SIGINT))
        out, err = child.communicate(timeout=60)
        assert child.returncode == 130
        assert "Traceback" not in err
        step = int(re.search(r"stopped and saved at step (\d+)", out)[1])
        assert f"gan-scratch train --resume {run}" in out
        again = subprocess.run(
            [sys.executable, "-m", "gan_scratch", "train", "--resume", str(run), "--steps",
             str(step + 5)],
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert again.returncode == 0 and f"done after {step + 5} steps" in again.stdout

    def test_a_training_that_diverges_names_the_layer_and_keeps_its_checkpoint(
        self, say, tmp_path
    ):
        run = tmp_path / "run"
        code, _, err = say("train", "mlp-classic", "--steps", 500, "--learning-rate", "1e30",
                           "--out", run)  # fmt: skip
        assert code == 1
        assert re.search(r"not finite in step \d+: (generator|discriminator)\.\d+ \(Dense\)", err)
        assert str(run / "checkpoint.gan") in err and err.count("\n") == 1
        assert say("sample", run)[0] == 0


class TestSample:
    def test_a_picture_and_the_numbers(self, say, finished_run, tmp_path):
        code, out, _ = say("sample", finished_run)
        assert code == 0 and width(out.strip()) > 8 * 28
        assert say("sample", finished_run, "--count", 5, "--out", tmp_path / "x.npy")[0] == 0
        samples = np.load(tmp_path / "x.npy")
        assert samples.shape == (5, 28, 28, 1) and samples.dtype == "float32"
        assert 0 <= samples.min() < samples.max() <= 1

    def test_the_seed_decides(self, say, finished_run, tmp_path):
        for name, seed in (("a.npy", 1), ("b.npy", 1), ("c.npy", 2)):
            say("sample", finished_run, "--count", 3, "--seed", seed, "--out", tmp_path / name)
        a, b, c = (np.load(tmp_path / name) for name in ("a.npy", "b.npy", "c.npy"))
        assert np.array_equal(a, b) and not np.array_equal(a, c)


class TestGradcheck:
    def test_all(self, say, monkeypatch):
        """All of a smaller library; tests/gradient_check/test_checks.py has the whole one."""

        def reports(seed):
            rng = np.random.default_rng(seed)
            for layer in (Dense(4, 3, rng=rng), PReLU(3), Softmax()):
                report = check(layer, rng.standard_normal(catalogue.input_for(layer)))
                report.subject = repr(layer)
                yield report
            yield check_game(*catalogue.small_game(NonSaturating(), rng))

        monkeypatch.setattr(catalogue, "reports", reports)
        code, out, _ = say("gradcheck", "all")
        assert code == 0 and out.rstrip().endswith("all passed")
        for word in ("Dense", "PReLU", "Softmax", "NonSaturating through D∘G"):
            assert word in out

    def test_a_layer_with_settings(self, say):
        code, out, _ = say("gradcheck", "Dense", "--in-features", 5, "--out-features", 3,
                           "--bias", "False", "--init", "glorot")  # fmt: skip
        assert code == 0 and "(5, 3)" in out and "bias" not in out
        assert say("gradcheck", "Dense")[0] == 0
        assert say("gradcheck", "LeakyReLU", "--negative-slope=0.3", "--input", "4,2,3")[0] == 0

    def test_somebodys_own_file(self, say, tmp_path):
        path = tmp_path / "mine.py"
        path.write_text(
            "from gan_scratch.layers import Layer\n"
            "class Square(Layer):\n"
            "    def forward(self, x, training=True):\n"
            "        return x * x, x\n"
            "    def backward(self, dy, cache, need_dx=True):\n"
            "        return 2 * cache * dy\n"
            "class Wrong(Square):\n"
            "    def backward(self, dy, cache, need_dx=True):\n"
            "        return cache * dy\n"
            "class Scale(Square):\n"
            "    def __init__(self, factor):\n"
            "        self.factor = factor\n"
        )
        assert say("gradcheck", f"{path}:Square")[0] == 0
        code, out, _ = say("gradcheck", f"{path}:Wrong", "--input", "2,3")
        assert code == 1 and "dx is 2 times too small" in out
        assert out.endswith("\nfailed\n")
        path.write_text(
            path.read_text() + "class Broken(Square):\n"
            "    def forward(self, x, training=True):\n"
            "        return undefined_name, x\n"
        )
        code, _, err = say("gradcheck", f"{path}:Broken")
        assert code == 2 and err.count("\n") == 1
        assert "NameError: name 'undefined_name' is not defined (mine.py, line 15)" in err
        code, _, err = say("gradcheck", f"{path}:Scale")
        assert code == 2 and "Scale needs --factor" in err

    def test_a_loss_is_given_labels_of_its_kind(self, say, tmp_path):
        path = tmp_path / "mine.py"
        path.write_text(
            "import numpy as np\n"
            "def loss(score, label):\n"
            "    p = np.exp(score) / np.exp(score).sum(axis=1, keepdims=True)\n"
            "    t = label if label.ndim == 2 else np.eye(score.shape[1])[label]\n"
            "    return -(t * np.log(p)).sum() / len(p), (p - t) / len(p)\n"
        )
        ask = ["gradcheck", f"{path}:loss", "--score", "6,4"]
        assert say(*ask, "--label", "6,4")[0] == 1  # right for labels alone
        assert say(*ask, "--label", "one-hot:6,4")[0] == 0
        assert say(*ask, "--label", "integers:6", "--integers", 4)[0] == 0
        for wrong, words in (
            ("onehot:6,4", "a kind is one of normal, probabilities, binary"),
            ("one-hot:6,x", "is a shape such as 4,5 or one-hot:4,5, got 'one-hot:6,x'"),
            ("integers:6", "needs --integers K"),
        ):
            code, _, err = say(*ask, "--label", wrong)
            assert code == 2 and words in err and err.count("\n") == 1


def test_recipes_are_listed(say):
    code, out, _ = say("recipes")
    assert code == 0 and "mlp-digits" in out and "mlp-classic" in out
    assert "r1 = " in say("recipes", "--settings")[1]


BAD = {
    "no command": ([], "which command"),
    "unknown command": (["fly"], "unknown command 'fly'; choose one of train, "),
    "misspelt command": (["trian"], r"unknown command 'trian' \(did you mean train\?\)"),
    "misspelt benchmark": (["bench", "sped"], r"unknown benchmark 'sped' \(did you mean speed\?\)"),
    "unknown recipe": (["train", "hundred-cats"], "unknown recipe 'hundred-cats'; choose"),
    "misspelt recipe": (["train", "MLP-digit"], r"'MLP-digit' \(did you mean mlp-digits\?\)"),
    "unknown option": (["train", "--fly", "9"], "unknown argument --fly; see gan-scratch"),
    "misspelt option": (
        ["train", "--stepps=9"],
        r"unknown argument --stepps \(did you mean --steps\?\); see gan-scratch train --help",
    ),
    "misspelt option of a benchmark": (
        ["bench", "speed", "--round", "3", "--mdels", "mlp"],
        r"--mdels \(did you mean --models\?\); see gan-scratch bench speed --help",
    ),
    "misspelt value": (["bench", "speed", "--models", "mpl"], r"'mpl' \(did you mean mlp\?\)"),
    "misspelt layer": (["gradcheck", "dens"], r"unknown layer 'dens' \(did you mean Dense\?\)"),
    "unknown data": (["train", "--data", "cats"], "unknown data set 'cats'; choose digits"),
    "batch too large": (["train", "--batch-size", "9001"], "9000 samples .* got 9001"),
    "batch of zero": (
        ["train", "--batch-size", "0"], "--batch-size must be a whole number from 1",
    ),
    "negative steps": (
        ["train", "--steps", "-5"], "--steps must be a whole number from 1",
    ),
    "half a step": (["train", "--steps", "1.5"], "--steps must be a whole number .* got '1.5'"),
    "rate of zero": (
        ["train", "--learning-rate", "0"], "--learning-rate must be a finite number above 0",
    ),
    "rate nan": (["train", "--learning-rate", "nan"], "--learning-rate must be a finite number"),
    "negative seed": (["train", "--seed", "-1"], "--seed must be a whole number from 0"),
    "unknown dtype": (["train", "--dtype", "float16"], "--dtype must be float32 or float64"),
    "unknown backend": (["train", "--backend", "tpu"], "unknown backend 'tpu'"),
    "zero delta": (
        ["train", "--until-equilibrium", "0"],
        "--until-equilibrium must be a finite number above 0",
    ),
    "resume nothing": (["train", "--resume", "nowhere"], "nowhere holds no run: there is no"),
    "sample nothing": (["sample", "nowhere"], "nowhere holds no run"),
    "empty path": (["train", "--resume", ""], "--resume must not be empty"),
    "no target": (["gradcheck"], "required: TARGET"),
    "unknown layer": (["gradcheck", "Convolute"], "unknown layer 'Convolute'; choose all, one of"),
    "no such file": (["gradcheck", "none.py:A"], "there is no file none.py"),
    "unknown setting": (["gradcheck", "ReLU", "--slope", "1"], "ReLU has no setting slope"),
    "bad setting": (
        ["gradcheck", "LeakyReLU", "--negative-slope", "-1"],
        "negative_slope must be in .0, 1., got -1",
    ),
    "bad shape": (["gradcheck", "ReLU", "--input", "4,x"], "--input is a shape such as 4,5"),
    "wrong shape": (
        ["gradcheck", "Dense", "--in-features", "5", "--out-features", "3", "--input", "2,4"],
        r"Dense takes x of shape \(..., 5\), got \(2, 4\)",
    ),
}


@pytest.mark.parametrize("words, sentence", BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_sentence_and_exit_code_2(say, tmp_path, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    code, out, err = say(*words)
    assert code == 2
    assert re.search(sentence, err), err
    assert err.startswith("gan-scratch: ") and err.count("\n") == 1 and "Traceback" not in err
    assert list(tmp_path.iterdir()) == []  # nothing half-written


def test_cupy_without_a_gpu(say, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    code, _, err = say("train", "--backend", "cupy", "--out", tmp_path / "run")
    assert code == 2 and "pip install gan_scratch[cuda12]" in err and err.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_an_unwritable_folder(say, tmp_path):
    (tmp_path / "file").write_text("a file where a folder should be")
    code, _, err = say("train", *SHORT, "--out", tmp_path / "file" / "run")
    assert code == 2 and err.count("\n") == 1 and str(tmp_path / "file") in err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_without_permission(say, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    code, _, err = say("train", *SHORT, "--out", locked / "run")
    assert code == 2 and "Permission denied" in err


def test_a_folder_that_holds_a_run(say, finished_run):
    before = (finished_run / "checkpoint.gan").read_bytes()
    code, _, err = say("train", *SHORT, "--out", finished_run)
    assert code == 2 and "already holds a run" in err
    assert (finished_run / "checkpoint.gan").read_bytes() == before


def test_resume_refuses_another_recipe_and_settings_that_are_fixed(say, finished_run):
    code, _, err = say("train", "mlp-classic", "--resume", finished_run)
    assert code == 2 and "is a run of mlp-digits, not of mlp-classic" in err
    code, _, err = say("train", "--resume", finished_run, "--seed", 1)
    assert code == 2 and "--seed is fixed by the run" in err


def test_truncated_damaged_and_foreign_checkpoints(say, finished_run, tmp_path):
    content = (finished_run / "checkpoint.gan").read_bytes()
    damaged = bytearray(content)
    damaged[len(damaged) // 2] ^= 1
    for wrong, sentence in (
        (content[:-100], "cut off"),
        (bytes(damaged), "damaged: its checksum does not match"),
        (b"something else", "not a checkpoint of gan_scratch"),
        (b"", "not a checkpoint of gan_scratch"),
    ):
        (tmp_path / "checkpoint.gan").write_bytes(wrong)
        for command in (["train", "--resume"], ["sample"]):
            code, _, err = say(*command, tmp_path)
            assert code == 2 and sentence in err and err.count("\n") == 1


def test_the_script_itself_exits_with_2_and_no_traceback():
    child = subprocess.run(
        [sys.executable, "-m", "gan_scratch", "train", "nothing"], capture_output=True, text=True
    )
    assert child.returncode == 2 and "Traceback" not in child.stderr


def test_a_console_without_unicode_shows_escapes(tmp_path):
    (tmp_path / "mine.py").write_text(
        "class Wrong:\n"
        "    def forward(self, x):\n        return x[:, ::-1] + 2 * x\n"
        "    def backward(self, dy):\n        return (dy[:, ::-1] + 2 * dy) / 3\n"
    )
    child = subprocess.run(
        [sys.executable, "-m", "gan_scratch", "gradcheck", "mine.py:Wrong", "--input", "4,2"],
        capture_output=True, env={**os.environ, "PYTHONIOENCODING": "cp1252"}, cwd=tmp_path,
    )  # fmt: skip
    assert child.returncode == 1 and b"dx \\u2192 3 dx" in child.stdout


def test_the_checkpoint_before_the_last_is_an_older_one(finished_run):
    steps = [
        read(finished_run / name)["training"]["game"]["step"]
        for name in ("checkpoint.gan.prev", "checkpoint.gan")
    ]
    assert steps == [0, 12]
