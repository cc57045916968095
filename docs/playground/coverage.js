"use strict";
/* How much of the data the fakes cover. */

const WITHIN = 3; // standard deviations that a point of high quality may be off

/** {modes, highQuality, reverseKL} of points N × 2, as PacGAN counts (Lin et al. 2018).

   A point belongs to the nearest mean, and is of high quality within 3 σ of it. A mode is found
   that has such a point. reverseKL = KL(shares of the modes ‖ uniform), in nats. */
function coverage(points, means, sigma) {
  const counts = new Array(means.length).fill(0);
  let good = 0;
  for (let row = 0; row < points.rows; row++) {
    const [nearest, distance] = nearestOf(means, points.data[2 * row], points.data[2 * row + 1]);
    if (distance <= WITHIN * sigma) {
      counts[nearest]++;
      good++;
    }
  }
  const shares = counts.filter((count) => count > 0).map((count) => count / good);
  return {
    modes: shares.length,
    highQuality: good / points.rows,
    reverseKL: good ? Math.log(means.length) + shares.reduce((sum, p) => sum + p * Math.log(p), 0)
      : Infinity,
  };
}

/** {reached, highQuality} where there are no modes: the share of real points that have a fake
    within 3 σ, and of fakes that have a real point so near. */
function nearness(points, real, sigma) {
  const share = (from, to) => {
    let count = 0;
    const rows = asRows(to);
    for (const [x, y] of asRows(from)) count += nearestOf(rows, x, y)[1] <= WITHIN * sigma;
    return count / from.rows;
  };
  return { reached: share(real, points), highQuality: share(points, real) };
}

const asRows = ({ rows, data }) =>
  Array.from({ length: rows }, (_, row) => [data[2 * row], data[2 * row + 1]]);

function nearestOf(places, x, y) {
  let nearest = -1, least = Infinity;
  places.forEach(([a, b], index) => {
    const square = (a - x) ** 2 + (b - y) ** 2;
    if (square < least) [nearest, least] = [index, square];
  });
  return [nearest, Math.sqrt(least)];
}
