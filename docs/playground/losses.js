"use strict";
/* The two sides of six games, on D's scores: r of a real point, f of a fake, N × 1 each.

     discriminator(real, fake)     [loss, d_real, d_fake]
     generator(fake, real)         [loss, d_fake]

   The d's are the derivatives of the loss by the scores, where the backward pass starts. All losses
   are means over the batch, as in gan_scratch/losses.py, whose names and formulas these are.

   needsReal     whether G's loss looks at the scores of real points too
   equilibrium   the losses of D and G where the fakes are distributed like the data; null: free
   undecided     the score of a D that cannot tell; null: only differences of scores count */

const sigmoid = (t) => 1 / (1 + Math.exp(-t));
const softplus = (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));

const mean = (scores, f = (t) => t) => {
  let sum = 0;
  for (let i = 0; i < scores.data.length; i++) sum += f(scores.data[i]);
  return sum / scores.data.length;
};
const slopes = (scores, f) => scores.map((t, i) => f(t, i) / scores.rows);

// V = mean log σ(r) + mean log(1 - σ(f));  D minimises -V
const logistic = (real, fake) => [
  mean(real, (r) => softplus(-r)) + mean(fake, softplus),
  slopes(real, (r) => -sigmoid(-r)),
  slopes(fake, sigmoid),
];
const critic = (fake) => [-mean(fake), slopes(fake, () => -1)];
const LOG2 = Math.log(2);

const OBJECTIVES = {
  "minimax": {
    discriminator: logistic,
    generator: (fake) => [-mean(fake, softplus), slopes(fake, (f) => -sigmoid(f))],
    equilibrium: [2 * LOG2, -LOG2], undecided: 0,
  },
  "non-saturating": {
    discriminator: logistic,
    generator: (fake) => [mean(fake, (f) => softplus(-f)), slopes(fake, (f) => -sigmoid(-f))],
    equilibrium: [2 * LOG2, LOG2], undecided: 0,
  },
  "least squares": {
    discriminator: (real, fake) => [
      (mean(real, (r) => (r - 1) ** 2) + mean(fake, (f) => f ** 2)) / 2,
      slopes(real, (r) => r - 1),
      slopes(fake, (f) => f),
    ],
    generator: (fake) => [mean(fake, (f) => (f - 1) ** 2) / 2, slopes(fake, (f) => f - 1)],
    equilibrium: [1 / 4, 1 / 8], undecided: 0.5,
  },
  "hinge": {
    discriminator: (real, fake) => [
      mean(real, (r) => Math.max(1 - r, 0)) + mean(fake, (f) => Math.max(1 + f, 0)),
      slopes(real, (r) => (r < 1 ? -1 : 0)),
      slopes(fake, (f) => (f > -1 ? 1 : 0)),
    ],
    generator: critic,
    equilibrium: [2, null], undecided: 0,
  },
  "Wasserstein": {
    discriminator: (real, fake) => [
      mean(fake) - mean(real), slopes(real, () => -1), slopes(fake, () => 1),
    ],
    generator: critic,
    equilibrium: [0, null], undecided: null,
  },
  "relativistic": { // fake number i is compared with real number i
    needsReal: true,
    discriminator: (real, fake) => {
      const ahead = real.map((r, i) => r - fake.data[i]);
      const dFake = slopes(ahead, (t) => sigmoid(-t));
      return [mean(ahead, (t) => softplus(-t)), dFake.map((t) => -t), dFake];
    },
    generator: (fake, real) => {
      const ahead = real.map((r, i) => r - fake.data[i]);
      return [mean(ahead, softplus), slopes(ahead, (t) => -sigmoid(t))];
    },
    equilibrium: [LOG2, LOG2], undecided: null,
  },
};
