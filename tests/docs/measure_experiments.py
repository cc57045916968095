"""The games of the playground's "things to try", seed by seed, as a table:

    python tests/docs/measure_experiments.py > docs/results/playground-experiments.csv

node plays each from the start, as a click on it does, and counts modes as it goes.
"""

import csv
import html
import json
import re
import subprocess
import sys
from pathlib import Path

PLAYGROUND = Path(__file__).parents[2] / "docs" / "playground"
SCRIPT = Path(__file__).with_name("run_playground.js")
SEEDS, EVERY, ROUNDS = range(10), 200, 1200
PLAY = """
const [settings] = settingsFrom(input.query), table = [];
for (const seed of input.seeds) {
  const watched = new Random(seed + 1).noise(1000, LATENT);
  const game = new Game({ ...settings, seed, data: DATA[settings.data](),
                          objective: OBJECTIVES[settings.objective] });
  while (game.round < input.rounds) {
    for (const step of game.steps());
    if (game.round % input.every) continue;
    const { means, sigma } = game.data;
    const [fakes] = game.G.forward(watched);
    const { modes, highQuality } = coverage(fakes, means, sigma);
    const scores = [game.draw(), fakes].map((points) => mean(game.D.forward(points)[0]));
    table.push([seed, game.round, modes, highQuality, ...scores]);
  }
}
return table;
"""


def queries():
    """The addresses of the things to try, and of what the page begins with."""
    page = PLAYGROUND.joinpath("index.html").read_text(encoding="utf-8")
    found = [html.unescape(query) for query in re.findall('data-try="([^"]+)"', page)]
    return ["?", *(query for query in dict.fromkeys(found) if "drawing" not in query)]


def main():
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("query", "seed", "round", "modes", "high_quality", "data_score", "fake_score"))
    for query in queries():
        given = {"query": query, "seeds": [*SEEDS], "rounds": ROUNDS, "every": EVERY}
        played = subprocess.run(
            ["node", SCRIPT, PLAYGROUND], input=json.dumps({"code": PLAY, "input": given}),
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        for seed, rounds, modes, *numbers in json.loads(played.stdout):
            table.writerow((query, seed, rounds, modes, *(f"{number:.3g}" for number in numbers)))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
