"use strict";
/* The picture: D's score as a map, the data, the fakes, and where G's gradient draws them. */

const CELLS = 64; // the map is D at 64 × 64 places, smoothed
const SATURATED = 0.25; // share of the map that has the strongest colour
const ARROWS = 60;

/** The score of a D that cannot tell. Where only differences of scores count, it is taken half way
    between data and fakes. So it is for the hinge loss until a score reaches a margin. */
function undecided(objective, real, fake) {
  const inside = objective === OBJECTIVES.hinge
    && [real, fake].every((scores) => scores.data.every((t) => Math.abs(t) < 1));
  if (objective.undecided !== null && !inside) return objective.undecided;
  return (mean(real) + mean(fake)) / 2;
}

/** The places of a square map, as points. Row 0 is on top. */
function places(reach) {
  let index = 0;
  return Matrix.points(CELLS * CELLS, () => {
    const row = Math.floor(index / CELLS), column = index++ % CELLS;
    const at = (cell) => ((cell + 0.5) / CELLS * 2 - 1) * reach;
    return [at(column), -at(row)];
  });
}

class DiscriminatorMap {
  /** `canvas` is square; `color` is name -> "#rrggbb". */
  constructor(canvas, color) {
    this.canvas = canvas;
    this.color = color;
    this.cells = document.createElement("canvas");
    this.cells.width = this.cells.height = CELLS;
  }

  /** Have D score every place. Returns [low, high], the scores of the strongest colours. */
  score(game, real, fake) {
    const { D, objective, data } = game;
    const level = undecided(objective, D.forward(real)[0], D.forward(fake)[0]);
    const [score] = D.forward(places(data.reach));
    const distances = score.data.map((t) => Math.abs(t - level)).sort();
    const scale = distances[Math.floor((1 - SATURATED) * distances.length)] || 1;
    this.paint(score.data, level, scale);
    return [level - scale, level + scale];
  }

  paint(scores, level, scale) {
    const [low, centre, high] = ["fake", "undecided", "real"].map((name) => channels(this.color(name)));
    const context = this.cells.getContext("2d"), image = context.createImageData(CELLS, CELLS);
    scores.forEach((score, cell) => {
      const t = Math.max(-1, Math.min(1, (score - level) / scale)), end = t < 0 ? low : high;
      for (let c = 0; c < 3; c++) {
        image.data[4 * cell + c] = centre[c] + Math.abs(t) * (end[c] - centre[c]);
      }
      image.data[4 * cell + 3] = 255;
    });
    context.putImageData(image, 0, 0);
  }

  /** Draw the map as D last scored it, and the points on it: data as dots, fakes as diamonds. */
  draw({ data, fakes, pulls, reach, map }) {
    const { canvas, color } = this, size = canvas.width, context = canvas.getContext("2d");
    const x = (at) => (at / reach + 1) / 2 * size, y = (at) => (1 - at / reach) / 2 * size;
    const dot = size / 200;
    context.fillStyle = color("undecided");
    context.fillRect(0, 0, size, size);
    if (map) context.drawImage(this.cells, 0, 0, size, size);
    context.strokeStyle = color("undecided"); // a rim, so that they stand out from every colour
    context.lineWidth = dot * 0.7;
    const points = (matrix, name, shape) => {
      context.fillStyle = color(name);
      context.beginPath();
      for (let i = 0; i < matrix.data.length; i += 2) {
        shape(x(matrix.data[i]), y(matrix.data[i + 1]));
      }
      context.stroke();
      context.fill();
    };
    points(data, "data", (px, py) => {
      context.moveTo(px + dot, py);
      context.arc(px, py, dot, 0, 2 * Math.PI);
    });
    points(fakes, "generator", (px, py) => {
      const half = 1.3 * dot;
      context.moveTo(px, py - half);
      for (const [right, down] of [[half, 0], [0, half], [-half, 0]]) context.lineTo(px + right, py + down);
      context.closePath();
    });
    if (pulls) this.arrows(context, fakes, pulls, x, y, dot);
  }

  /** The longest is an eighth of the map, the others are in proportion. */
  arrows(context, fakes, pulls, x, y, dot) {
    const sizes = lengths(pulls), unit = this.canvas.width / 8 / (Math.max(...sizes) || 1);
    context.strokeStyle = this.color("generator");
    context.lineWidth = dot * 0.8;
    context.beginPath();
    sizes.forEach((size, i) => {
      if (size * unit < 2 * dot) return;
      const [x0, y0] = [x(fakes.data[2 * i]), y(fakes.data[2 * i + 1])];
      const angle = Math.atan2(-pulls.data[2 * i + 1], pulls.data[2 * i]);
      const [x1, y1] = [x0 + size * unit * Math.cos(angle), y0 + size * unit * Math.sin(angle)];
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
      for (const turn of [2.6, -2.6]) { // the two strokes of its head
        context.moveTo(x1, y1);
        context.lineTo(x1 + 3 * dot * Math.cos(angle + turn), y1 + 3 * dot * Math.sin(angle + turn));
      }
    });
    context.stroke();
  }
}

/** Of each row, a vector in the plane. */
const lengths = ({ rows, data }) =>
  Array.from({ length: rows }, (_, i) => Math.hypot(data[2 * i], data[2 * i + 1]));

const channels = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
