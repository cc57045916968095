"use strict";
/* The page: its controls act on the game, and the game is shown in them. */

const BUDGET = 10; // milliseconds of each frame that are played; the rest is for the browser
const MAP_EVERY = 4; // frames from one map of D to the next
const RECORD_EVERY = 10; // rounds from one point of the charts to the next
const PAUSE = 900; // milliseconds between two steps in slow motion
const SHOWN = 300, COUNTED = 1000; // points: on the map, and in the count of modes

const EXPLAINED = {
  modes: `Counted on ${COUNTED} fakes. A mode is found if at least one of them lies within 3 σ of its `
    + "mean. KL is 0 where all modes have the same share of the fakes.",
  points: `The share of ${SHOWN} real points that have a fake within 3 σ, and of ${SHOWN} fakes that have `
    + "a real point within 3 σ.",
};
const SENTENCES = {
  D: "D took a step. It tries to score the data higher than the fakes.",
  G: "G took a step. It tries to move its fakes the way the arrows point.",
  draw: "Draw your data on the map, with a mouse or a finger.",
  lost: "Training diverged: a loss is no longer finite. Lower a learning rate or raise R1, then press Reset.",
};

class Playground {
  constructor(root) {
    this.root = root;
    const all = (attribute) => Object.fromEntries(
      [...root.querySelectorAll(`[data-${attribute}]`)].map((e) => [e.dataset[attribute], e]));
    Object.assign(this, {
      buttons: all("do"), inputs: all("set"), parts: all("part"), shown: all("show"),
    });
    const style = getComputedStyle(root);
    this.color = (name) => style.getPropertyValue(`--${name}`).trim();
    this.map = new DiscriminatorMap(root.querySelector("canvas.map"), this.color);
    this.charts = this.makeCharts(all("chart"));
    let unread;
    [this.settings, unread] = settingsFrom(location.search);
    this.drawn = [];
    this.playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.slow = false;
    this.connectControls();
    this.followScheme();
    this.followPixels();
    this.reset();
    if (unread.length) this.say(unread.join(" "));
    requestAnimationFrame((now) => this.frame(now));
  }

  makeCharts(canvases) {
    return {
      losses: new Chart(canvases.losses, ["discriminator", "generator"], this.color),
      scores: new Chart(canvases.scores, ["data", "generator"], this.color),
      coverage: new Chart(canvases.coverage, ["found", "near"], this.color, [0, 100]),
    };
  }

  // What the controls do.

  connectControls() {
    const { buttons, inputs, parts, root } = this;
    const clicks = {
      play: () => this.setPlaying(!this.playing),
      step: () => this.stepOnce(),
      slow: () => this.setSlow(!this.slow),
      reset: () => this.reset(),
      seed: () => { this.settings.seed = (this.settings.seed + 1) % SEEDS; this.reset(); },
      clear: () => { this.drawn.length = 0; this.reset(); },
    };
    for (const [name, act] of Object.entries(clicks)) buttons[name].addEventListener("click", act);
    for (const [name, input] of Object.entries(inputs)) {
      const { values } = SETTINGS[name];
      if (input.type === "range") input.max = values.length - 1;
      input.addEventListener("input", () => {
        this.set(name, input.type === "range" ? values[input.value] : input.value);
      });
    }
    for (const part of Object.values(parts)) part.addEventListener("change", () => this.show());
    for (const link of root.querySelectorAll("[data-try]")) this.connectLink(link);
    this.pen = new Pen(this.map.canvas, {
      wanted: () => this.settings.data === "drawing",
      reach: () => this.game.data.reach,
      add: (points) => { this.drawn.push(...points); this.stale = true; },
    });
    new ResizeObserver(() => this.fit()).observe(root);
    new IntersectionObserver((entries) => { this.visible = entries.at(-1).isIntersecting; })
      .observe(root.querySelector(".top"));
    addEventListener("pageshow", () => this.showSettings()); // a browser may bring back old values
  }

  /** A link to other settings begins that game in place; in a new tab it opens the page with them. */
  connectLink(link) {
    link.href = link.dataset.try;
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      [this.settings] = settingsFrom(link.dataset.try);
      this.setSlow(false);
      this.reset();
      this.setPlaying(true);
      this.root.querySelector(".stage").scrollIntoView({ block: "nearest" });
    });
  }

  /** Change one setting. Other data begin a new game; all else acts on the game as it stands. */
  set(name, value) {
    this.settings[name] = value;
    if (name === "data") {
      this.reset();
      return;
    }
    const { game, settings } = this;
    game.objective = OBJECTIVES[settings.objective];
    game.setPenalties(settings.r1, settings.penalty);
    game.adamG.learningRate = settings.rateG;
    game.adamD.learningRate = settings.rateD;
    game.stepsD = settings.stepsD;
    this.showSettings();
    this.show();
  }

  setPlaying(playing) {
    this.playing = playing;
    this.pace = null;
    this.showButtons();
  }

  setSlow(slow) {
    if (this.slow && !slow && this.round) this.playRound(); // to its end
    this.slow = slow;
    this.root.classList.toggle("slow", slow);
    this.shown.says.setAttribute("aria-live", slow ? "off" : "polite");
    this.setPlaying(slow || this.playing);
    this.say("");
  }

  /** One round, or in slow motion one player's step. */
  stepOnce() {
    this.setPlaying(false);
    if (this.slow) this.playStepAndSay();
    else this.playRound();
    this.show();
  }

  /** Begin again, with the seed and the settings that stand. */
  reset() {
    const { settings } = this;
    const data = settings.data === "drawing" ? drawing(this.drawn) : DATA[settings.data]();
    this.game = new Game({ ...settings, data, objective: OBJECTIVES[settings.objective] });
    this.watched = new Random(settings.seed + 1).noise(COUNTED, LATENT);
    if (this.lost) this.playing = true;
    Object.assign(this, {
      round: null, frames: 0, lost: false, stale: false, lossesSince: [], lastStep: performance.now(),
    });
    this.pen.lift();
    for (const chart of Object.values(this.charts)) chart.clear();
    this.drawData();
    this.setPlaying(this.playing);
    this.say("");
    this.showSettings();
    this.fit();
  }

  /** The real points that are shown. Without any there is no game. */
  drawData() {
    const { data } = this.game;
    this.ready = !data.drawn || data.drawn.length > 0;
    this.real = this.ready ? data.draw(SHOWN, new Random(this.settings.seed + 2)) : new Matrix(0, 2);
  }

  // The clock.

  frame(now) {
    requestAnimationFrame((later) => this.frame(later));
    if (this.stale) this.showStroke();
    const seen = this.visible !== false && !document.hidden;
    if (this.playing && seen && this.ready && !this.lost) {
      if (this.slow) this.playSlowly(now);
      else this.playFast(now);
    } else {
      this.pace = null;
    }
  }

  playFast(now) {
    const start = performance.now();
    while (performance.now() - start < BUDGET && !this.lost) this.playRound();
    this.show(this.frames++ % MAP_EVERY === 0);
    this.pace ??= { since: now, round: this.game.round };
    if (now - this.pace.since > 1000) {
      const pace = (this.game.round - this.pace.round) / (now - this.pace.since) * 1000;
      this.shown.pace.textContent = `${Math.round(pace)} rounds/s`;
      this.pace = null;
    }
  }

  playSlowly(now) {
    if (now - this.lastStep < PAUSE) return;
    this.lastStep = now;
    this.playStepAndSay();
    this.show();
  }

  // The game.

  /** One step of one player, whose name is returned. */
  playStep() {
    this.round ??= { steps: this.game.steps(), losses: {} };
    const { steps, losses } = this.round, { player, loss } = steps.next().value;
    losses[player] = loss;
    if (!Number.isFinite(loss)) this.lose();
    if (player === "G") {
      this.round = null;
      this.lossesSince.push([losses.D, losses.G]);
      if (this.game.round % RECORD_EVERY === 0 && !this.lost) this.record();
    }
    return player;
  }

  playStepAndSay() {
    if (!this.ready || this.lost) return;
    const player = this.playStep();
    if (!this.lost) this.say(SENTENCES[player]);
  }

  /** To the end of a round. */
  playRound() {
    if (!this.ready || this.lost) return;
    while (this.playStep() !== "G" && !this.lost);
  }

  lose() {
    this.lost = true;
    this.setPlaying(false);
    this.say(SENTENCES.lost);
  }

  /** One point more on each chart. */
  record() {
    const { game, charts } = this;
    const fakes = this.fakes();
    charts.losses.add(meanOf(this.lossesSince));
    this.lossesSince = [];
    charts.scores.add([mean(game.D.forward(this.real)[0]), mean(game.D.forward(fakes)[0])]);
    charts.coverage.add(this.showCoverage());
  }

  // What is shown.

  say(text) {
    this.shown.says.textContent = text || (this.ready ? "" : SENTENCES.draw);
  }

  /** The fakes on the map: the same noise each time. */
  fakes() {
    return this.game.G.forward(firstRows(this.watched, SHOWN))[0];
  }

  /** `score`: whether D is asked for its map anew. */
  show(score = true) {
    const { game, shown } = this;
    shown.round.textContent = game.round.toLocaleString("en");
    if (!this.lost) this.look(score); // what was seen last stays, as there is nothing after it
    this.map.draw({ ...this.seen, map: this.ready && this.parts.map.checked });
    this.drawCharts();
  }

  look(score) {
    const { game, real, shown, ready } = this, fakes = this.fakes();
    if (ready && score) {
      const [low, high] = this.map.score(game, real, fakes);
      [shown.low.textContent, shown.high.textContent] = [short(low), short(high)];
      this.showCoverage();
    }
    const pulls = ready && this.parts.arrows.checked ? this.pulls(fakes, real) : null;
    const longest = pulls ? Math.max(...lengths(pulls)) : NaN;
    shown.longest.textContent = Number.isFinite(longest) ? short(longest) : "–";
    this.seen = { data: real, fakes, pulls, reach: game.data.reach };
    if (!ready) for (const name of ["low", "high", "found", "pace"]) shown[name].textContent = "";
  }

  showStroke() {
    this.stale = false;
    this.drawData();
    this.say("");
    this.showButtons();
    this.show();
  }

  /** Which way, and how strongly, G's gradient pulls some of the fakes. */
  pulls(fakes, real) {
    const { D, objective } = this.game;
    const [, d] = gradientOfFakes(D, objective, firstRows(fakes, ARROWS), firstRows(real, ARROWS));
    return d.map((t) => -t);
  }

  /** Say how much of the data the fakes cover; returns [% found, % of fakes near]. */
  showCoverage() {
    const { game, real, shown } = this, { means, sigma, reach } = game.data;
    const [fakes] = game.G.forward(this.watched);
    const gone = asRows(fakes).filter(([x, y]) => Math.abs(x) > reach || Math.abs(y) > reach).length;
    const off = gone ? ` · ${percent(gone / COUNTED)} off the map` : "";
    if (means) {
      shown.found.title = EXPLAINED.modes;
      const { modes, highQuality, reverseKL } = coverage(fakes, means, sigma);
      const even = Number.isFinite(reverseKL) ? reverseKL.toFixed(2) : "–";
      shown.found.textContent =
        `${modes} of ${means.length} modes found · ${percent(highQuality)} of fakes near one · KL ${even}${off}`;
      return [100 * modes / means.length, 100 * highQuality];
    }
    shown.found.title = EXPLAINED.points;
    const { reached, highQuality } = nearness(firstRows(fakes, SHOWN), real, sigma);
    shown.found.textContent =
      `${percent(reached)} of the data reached · ${percent(highQuality)} of fakes near them${off}`;
    return [100 * reached, 100 * highQuality];
  }

  drawCharts() {
    const { charts, game } = this, [lossD, lossG] = game.objective.equilibrium;
    const flat = !this.settings.penalty; // what a flat D pays for its slope is not in these
    charts.losses.draw(flat ? { discriminator: lossD, generator: lossG } : {});
    charts.scores.draw();
    charts.coverage.draw();
  }

  showButtons() {
    const { buttons, playing, slow, lost, ready } = this;
    buttons.play.textContent = playing ? "Pause" : "Play";
    buttons.slow.setAttribute("aria-pressed", slow);
    for (const name of ["play", "step", "slow"]) buttons[name].disabled = lost || !ready;
    if (!playing || slow) this.shown.pace.textContent = "";
  }

  showSettings() {
    const { settings, inputs, shown } = this;
    for (const [name, input] of Object.entries(inputs)) {
      if (input.type === "range") {
        input.value = SETTINGS[name].values.indexOf(settings[name]);
        input.setAttribute("aria-valuetext", settings[name]);
        input.parentElement.querySelector("output").textContent = settings[name];
      } else {
        input.value = settings[name];
      }
    }
    const isDrawing = settings.data === "drawing";
    this.buttons.clear.hidden = !isDrawing;
    this.map.canvas.classList.toggle("drawing", isDrawing);
    shown.seed.textContent = settings.seed;
    shown.coverage.textContent = this.game.data.means ? "Modes found" : "Data reached";
    this.root.querySelector("[data-link]").href = `${queryOf(settings)}#playground`;
  }

  /** Canvases have a pixel for each of the screen's. */
  fit() {
    const ratio = devicePixelRatio;
    for (const canvas of this.root.querySelectorAll("canvas")) {
      canvas.width = Math.round(canvas.clientWidth * ratio);
      canvas.height = Math.round(canvas.clientHeight * ratio);
    }
    this.show();
  }

  /** Another screen, or another zoom. */
  followPixels() {
    const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    query.addEventListener("change", () => { this.fit(); this.followPixels(); }, { once: true });
  }

  /** Light or dark: as the site's button says, or else as the system does. */
  followScheme() {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => {
      const { theme } = document.body.dataset;
      this.root.classList.toggle("dark", theme === "dark" || (theme !== "light" && system.matches));
      if (this.game) this.show();
    };
    system.addEventListener("change", follow);
    new MutationObserver(follow).observe(document.body, { attributeFilter: ["data-theme"] });
    follow();
  }
}

const percent = (share) => `${Math.round(100 * share)} %`;

const playground = new Playground(document.querySelector(".playground"));
