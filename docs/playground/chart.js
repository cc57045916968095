"use strict";

const ROOM = 240; // points of a line; when it is full, every two become one
const LEAST_SPAN = 0.1; // of an axis, so that two equal values lie together

/** Lines over the rounds, from the first to the last. Their latest values stand at their right ends.

    names     of the lines' colours; `add` takes a value for each
    color     name -> "#rrggbb"
    range     [low, high] of the axis; without one it follows the lines */
class Chart {
  constructor(canvas, names, color, range = null) {
    Object.assign(this, { canvas, names, color, range });
    this.clear();
  }

  clear() {
    Object.assign(this, { rows: [], waiting: [], stride: 1 });
  }

  add(values) {
    this.waiting.push(values);
    if (this.waiting.length < this.stride) return;
    this.rows.push(meanOf(this.waiting));
    this.waiting = [];
    if (this.rows.length === ROOM) {
      const pairs = Array.from({ length: ROOM / 2 }, (_, i) => this.rows.slice(2 * i, 2 * i + 2));
      this.rows = pairs.map(meanOf);
      this.stride *= 2;
    }
  }

  axis(references) {
    if (this.range) return this.range;
    const values = [...this.rows.flat(), ...references];
    const low = Math.min(...values), high = Math.max(...values);
    const missing = Math.max(0, LEAST_SPAN - (high - low)) / 2;
    return [low - missing, high + missing];
  }

  /** `references` are name -> value, or null: dashed lines of that colour. */
  draw(references = {}) {
    const { canvas, rows, names, color } = this, context = canvas.getContext("2d");
    const { width, height } = canvas, pixel = width / canvas.clientWidth || 1;
    context.clearRect(0, 0, width, height);
    if (!rows.length) return;
    const dashed = Object.entries(references).filter(([, value]) => value !== null);
    const [low, high] = this.axis(dashed.map(([, value]) => value));
    const margin = 8 * pixel, right = width - 52 * pixel;
    const x = (i) => i / Math.max(rows.length - 1, 1) * right;
    const y = (t) => margin + (high - t) / (high - low) * (height - 2 * margin);
    context.lineWidth = 1.5 * pixel;
    context.font = `${11 * pixel}px system-ui, sans-serif`;
    context.textBaseline = "middle";
    for (const [name, value] of dashed) {
      context.setLineDash([3 * pixel, 3 * pixel]);
      line(context, color(name), [[0, y(value)], [right, y(value)]]);
    }
    context.setLineDash([]);
    names.forEach((name, k) => line(context, color(name), rows.map((row, i) => [x(i), y(row[k])])));
    let lowest = -Infinity; // no label lies on another
    const last = names.map((name, k) => ({ name, value: rows.at(-1)[k] }));
    for (const { name, value } of last.sort((a, b) => b.value - a.value)) {
      lowest = Math.max(y(value), lowest + 12 * pixel);
      context.fillStyle = color(name);
      context.fillText(short(value), right + 4 * pixel, Math.min(lowest, height - margin));
    }
  }
}

function line(context, color, points) {
  context.strokeStyle = color;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}

const meanOf = (rows) => rows[0].map((_, k) => rows.reduce((sum, row) => sum + row[k], 0) / rows.length);

/** A number to three digits, with a real minus. */
function short(t) {
  const size = Math.abs(t);
  const text = size && (size < 1e-3 || size >= 1e4) ? t.toExponential(1) : String(+t.toPrecision(3));
  return text.replaceAll("-", "−");
}
