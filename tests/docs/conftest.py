"""`site`: the built site. `browser`: Chromium, to open it in."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = "chromium", "chromium-browser", "google-chrome"


@pytest.fixture(scope="session")
def repository():
    """Where the site says that it comes from."""
    return "somebody/gan_scratch"


@pytest.fixture(scope="session")
def site(tmp_path_factory, repository):
    """Built once, by the first of pytest's processes that asks; the others wait."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    folder, said = root / "site", root / "site.txt"
    try:
        folder.mkdir()
    except FileExistsError:
        give_up = time.monotonic() + 300
        while not said.exists() and time.monotonic() < give_up:
            time.sleep(0.2)
    else:
        built = subprocess.run(
            [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "docs", folder],
            cwd=ROOT, capture_output=True, text=True,
            env={**os.environ, "GITHUB_REPOSITORY": repository},
        )  # fmt: skip
        root.joinpath("writing").write_text(built.stderr if built.returncode else "")
        root.joinpath("writing").rename(said)
    assert said.read_text() == ""
    return folder


@pytest.fixture(scope="session")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(CHROMIUM)} is on the path")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        yield browser
        browser.close()
