"""What a visitor gets within five seconds of opening the playground, seed by seed, as a table:

    taskset -c 0 python tests/docs/measure_playground.py > docs/results/playground.csv

Chromium opens the page anew for each seed, and the game is looked at five seconds later. `taskset`
(Linux) gives the whole browser one core. Run it on a computer that does nothing else.
"""

import csv
import shutil
import sys
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

PAGE = Path(__file__).parents[2] / "docs" / "playground" / "index.html"
SECONDS, SEEDS = 5, range(10)


def measured(browser, seed):
    """(rounds, modes, share of fakes near one) after the first seconds."""
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    start = time.perf_counter()
    page.goto(f"{PAGE.as_uri()}?seed={seed}")
    time.sleep(SECONDS - (time.perf_counter() - start))
    found = page.evaluate("""() => {
        const { game, watched } = playground, { means, sigma } = game.data;
        const { modes, highQuality } = coverage(game.G.forward(watched)[0], means, sigma);
        return [game.round, modes, highQuality];
    }""")
    page.close()
    return found


def main():
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("seed", "seconds", "rounds", "modes", "high_quality"))
    path = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        measured(browser, 0)  # the browser's own start
        for seed in SEEDS:
            rounds, modes, share = measured(browser, seed)
            table.writerow((seed, SECONDS, rounds, modes, f"{share:.3f}"))


if __name__ == "__main__":
    main()
