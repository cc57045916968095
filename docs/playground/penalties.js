"use strict";
/* Penalties on D's slope g_i = ∇ₓ D(x_i): gradients of gradients, by hand.

   With v = ∂P/∂g held fixed, ∂P/∂θ = ∇_θ (v · ∇ₓ ΣD), the tangent of the backward pass along v: one
   tangent pass forward and one backward (Pearlmutter 1994). gan_scratch/penalties.py, chapter 7.

     cost(slope)   [P, ∂P/∂slope] of slopes N × 2 */

/** γ/2 · mean |g|² at real points (Mescheder, Geiger, Nowozin 2018). */
class R1 {
  constructor(gamma) {
    this.gamma = gamma;
  }

  points(real) {
    return real;
  }

  cost(slope) {
    const squares = slope.data.reduce((sum, g) => sum + g * g, 0);
    return [this.gamma / 2 * squares / slope.rows, slope.map((g) => this.gamma / slope.rows * g)];
  }
}

/** λ · mean (|g| - 1)² at points between each real one and a fake (Gulrajani et al. 2017). */
class GradientPenalty {
  constructor(weight) {
    this.weight = weight;
  }

  points(real, fake, rng) {
    const alpha = Float64Array.from({ length: real.rows }, () => rng.uniform());
    return real.map((x, i) => {
      const a = alpha[Math.floor(i / real.columns)];
      return a * x + (1 - a) * fake.data[i];
    });
  }

  cost(slope) {
    const v = new Matrix(slope.rows, slope.columns), d = slope.columns;
    let sum = 0;
    for (let row = 0; row < slope.rows; row++) {
      const g = slope.data.subarray(row * d, (row + 1) * d);
      const norm = Math.sqrt(g.reduce((total, t) => total + t * t, 1e-12)), excess = norm - 1;
      sum += excess * excess;
      g.forEach((t, i) => { v.data[row * d + i] = 2 * this.weight / slope.rows * excess / norm * t; });
    }
    return [this.weight * sum / slope.rows, v];
  }
}

/** Add the penalty's gradient to D's parameters; returns the penalty. */
function addPenaltyGradients(penalty, D, real, fake, rng) {
  const [score, caches] = D.forward(penalty.points(real, fake, rng));
  const ones = score.map(() => 1);
  const slope = D.backward(ones, caches, false);
  const [value, v] = penalty.cost(slope);
  const [, tangentCaches] = D.tangentForward(v, caches);
  D.tangentBackward(ones, null, caches, tangentCaches);
  return value;
}
