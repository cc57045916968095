"""What a reader of the site sees: nothing too wide, notebooks, formulas that search shows."""

import functools
import http.server
import json
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WIDTHS = 360, 412, 768, 1024, 1366, 1920
TOO_WIDE = """() => ["html", ".content"].filter((name) => {
    const box = document.querySelector(name);
    return box && box.scrollWidth > (name == "html" ? innerWidth : box.clientWidth);
})"""
OF_EACH_KIND = (
    "index", "chapters/06_six_objectives", "collapse", "reference/recipes", "genindex",
    "_modules/gan_scratch/layers/convolution",
)  # fmt: skip


def too_wide(page, site, paths, widths):
    """(page, width) wherever a page or its text scrolls sideways."""
    found = []
    for path in paths:
        page.goto(path.as_uri())
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate(TOO_WIDE):
                found.append((path.relative_to(site).as_posix(), width))
    return found


def test_no_page_scrolls_sideways(site, browser):
    every = sorted(path for path in site.rglob("*.html") if path.parts[-2] != "_static")
    some = [site / f"{name}.html" for name in OF_EACH_KIND]
    own = [path for path in every if "_modules" not in path.parts]
    with browser.new_page() as page:
        assert too_wide(page, site, own, (360, 1366)) == []
        assert too_wide(page, site, some, WIDTHS) == []


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_at_any_width(site, browser, scheme):
    every = sorted(path for path in site.rglob("*.html") if path.parts[-2] != "_static")
    with browser.new_page(color_scheme=scheme) as page:
        assert too_wide(page, site, every, WIDTHS) == []


def test_wide_formulas_scroll_in_their_own_box_and_show_it(site, browser):
    with browser.new_page(viewport={"width": 360, "height": 800}) as page:
        page.goto((site / "chapters" / "01_the_smallest_gan.html").as_uri())
        styles = page.evaluate("""() => [...document.querySelectorAll(".katex-display .katex-html")]
            .filter((box) => box.scrollWidth > box.clientWidth).map((box) => getComputedStyle(box))
            .map((style) => style.overflowX + ": " + style.backgroundAttachment)""")
        assert styles and set(styles) == {"auto: local, local, scroll, scroll"}
        inline = page.locator("p > span.math").first
        inline.evaluate("(math) => katex.render('{' + 'x+'.repeat(99) + 'y}', math)")
        page.evaluate("dispatchEvent(new Event('resize'))")
        assert inline.evaluate("(math) => getComputedStyle(math).overflowX") == "auto"
        assert page.evaluate(TOO_WIDE) == []


def test_a_click_downloads_the_committed_notebook(site, browser):
    for folder, name in ("chapters", "01_the_smallest_gan"), ("assignments", "1-layers"):
        with browser.new_page() as page:
            page.goto((site / folder / f"{name}.html").as_uri())
            with page.expect_download() as download:
                page.get_by_text("Download this notebook").click()
            assert download.value.suggested_filename == f"{name}.ipynb"
            notebook = json.loads(download.value.path().read_text(encoding="utf-8"))
            assert "Download" not in "".join(notebook["cells"][0]["source"])
            if folder == "chapters":
                committed = ROOT / "notebooks" / f"{name}.ipynb"
                assert notebook == json.loads(committed.read_text(encoding="utf-8"))


@pytest.fixture
def address(site):
    """The site, served: a browser reads no other page of a site in files, so search needs this."""
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    handler = functools.partial(quiet, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_results_of_a_search_show_formulas_and_words(address, browser):
    with browser.new_page() as page:
        page.goto(f"{address}/search.html?q=batch+norm")
        page.get_by_text("Batch norm gives them the mean 0").wait_for()
        shown = page.locator("#search-results").inner_text()
    assert "m=N for a dense layer" in shown
    for typed in "\\", "`", "$", "import numpy":
        assert typed not in shown
