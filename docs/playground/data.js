"use strict";
/* Distributions of points in the plane.

     reach            the square that is shown is [-reach, reach]²
     draw(count, rng) count × 2
     sigma            standard deviation of the noise on each coordinate
     means            of the round Gaussians that it is a mixture of, if it is one
     drawn            the points that a visitor drew, if these are the data */

/** A point near one of the places, Gaussian around it. */
function near(places, sigma, rng) {
  const [x, y] = places[rng.integer(places.length)];
  return [x + sigma * rng.normal(), y + sigma * rng.normal()];
}

function mixture(means, sigma, reach) {
  return {
    means, sigma, reach,
    draw: (count, rng) => Matrix.points(count, () => near(means, sigma, rng)),
  };
}

function ring(modes = 8, sigma = 0.05) {
  const angles = Array.from({ length: modes }, (_, k) => 2 * Math.PI * k / modes);
  return mixture(angles.map((t) => [Math.cos(t), Math.sin(t)]), sigma, 1.6);
}

function grid(side = 5, sigma = 0.05) {
  const ticks = Array.from({ length: side }, (_, i) => i / 2 - (side - 1) / 4);
  return mixture(ticks.flatMap((x) => ticks.map((y) => [x, y])), sigma, 1.6);
}

function twoMoons(sigma = 0.05) {
  return {
    sigma, reach: 1.8,
    draw: (count, rng) => Matrix.points(count, () => {
      const upper = rng.integer(2) === 1, t = Math.PI * rng.uniform();
      const [x, y] = [Math.cos(t), Math.sin(t)];
      const moon = upper ? [x - 0.5, y - 0.25] : [0.5 - x, 0.25 - y];
      return moon.map((at) => at + sigma * rng.normal());
    }),
  };
}

/** What a visitor drew: points along the strokes. */
function drawing(drawn = [], sigma = 0.04) {
  return {
    drawn, sigma, reach: 1.6,
    draw: (count, rng) => Matrix.points(count, () => near(drawn, sigma, rng)),
  };
}
