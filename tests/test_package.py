"""The package as a whole: what importing costs, what it ships, what the README promises."""

import configparser
import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest

import gan_scratch
from gan_scratch import templates

ROOT = Path(__file__).parents[1]
PARTS = ("gan_scratch", "notebooks", "docs", "tests")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def loaded_after(statement):
    code = f"import sys\n{statement}\nprint(' '.join(sys.modules))"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(child.stdout.split())


def test_importing_the_package_loads_next_to_nothing():
    modules = loaded_after("import gan_scratch")
    assert not modules & {"matplotlib", "cupy", "PIL", "jinja2", "pooch", "tqdm", "torch"}
    assert {name for name in modules if name.startswith("gan_scratch")} == {
        "gan_scratch", "gan_scratch.version"
    }  # fmt: skip


def test_training_needs_neither_matplotlib_nor_cupy():
    modules = loaded_after(
        "import gan_scratch as gs; gs.layers, gs.training, gs.recipes, gs.gradient_check"
    )
    assert not modules & {"matplotlib", "cupy", "PIL", "jinja2", "pooch", "torch"}


def test_every_module_is_reached_from_the_package():
    for name in gan_scratch.MODULES:
        assert getattr(gan_scratch, name).__name__ == f"gan_scratch.{name}"
    assert set(dir(gan_scratch)) >= set(gan_scratch.MODULES)
    code = "import gan_scratch as gs; gs.models.mlp.generator, gs.training.schedules.linear"
    assert "gan_scratch.models.mlp" in loaded_after(code)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        gan_scratch.nothing  # noqa: B018


def test_one_version():
    assert importlib.metadata.version("gan_scratch") == gan_scratch.__version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {gan_scratch.__version__}\n" in citation


def test_the_embedded_data_is_installed_with_its_notice():
    import gan_scratch.datasets

    data = Path(gan_scratch.datasets.__file__).parent / "data"
    assert sum(file.stat().st_size for file in data.iterdir()) < 6e6
    notice = (data / "NOTICE.md").read_text(encoding="utf-8")
    for words in ("CC BY-SA 3.0", "Zalando", "MIT"):
        assert words in notice


def test_a_value_that_a_page_lacks_is_an_error():
    with pytest.raises(jinja2.UndefinedError, match="'pictures' is undefined"):
        templates.render("plots/report.html", title="", recipe={}, last={}, ending=None)


def test_what_is_no_python_is_installed_too():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    patterns = " ".join(setup["options.package_data"].values()).replace(",", " ").split()
    for path in (ROOT / "gan_scratch").rglob("*.*"):
        assert path.suffix in (".py", ".pyc") or any(map(path.match, patterns)), path


def test_the_example_of_the_readme_runs(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102
    assert capsys.readouterr().out.count("[") == 6  # five points


def test_the_files_that_the_readme_and_the_design_name_exist():
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    house = design.split("```")[1]
    for name in re.findall(r"(?<![\w/])([a-z_]+\.py)\b", house):
        assert any(list((ROOT / part).rglob(name)) for part in PARTS), name
    for name in re.findall(r"^  ([a-z_]+)/", house, re.MULTILINE):
        assert (ROOT / "gan_scratch" / name).is_dir(), name


def test_the_commands_of_the_readme_are_commands():
    commands = re.findall(r"`?gan-scratch ([a-z]+)", README)
    assert {"train", "sample", "gradcheck"} <= set(commands) <= {
        "train", "sample", "evaluate", "doctor", "report", "gradcheck", "assignment", "chapters",
        "recipes", "bench",
    }  # fmt: skip
