"use strict";
/* The game of Goodfellow et al. (2014), algorithm 1, on points in the plane:

     min_G max_D  E log D(x) + E log(1 - D(G(z)))

   or by another objective, one step a function, as in gan_scratch/game.py. */

const LATENT = 2, BATCH = 128, HIDDEN = [32, 32];

/** Two players and what they play for.

   data            data.js
   objective       losses.js
   r1, penalty     weights of R1 and of the gradient penalty; 0: none
   rateG, rateD    learning rates of the two Adams
   stepsD          steps of D in a round, before G takes one
   seed            of the first weights and of all that is drawn */
class Game {
  constructor({ data, objective, r1, penalty, rateG, rateD, stepsD, seed }) {
    this.rng = new Random(seed);
    this.G = denseStack([LATENT, ...HIDDEN, 2], this.rng);
    this.D = denseStack([2, ...HIDDEN, 1], this.rng);
    this.adamG = new Adam(this.G.parameters, rateG);
    this.adamD = new Adam(this.D.parameters, rateD);
    Object.assign(this, { data, objective, stepsD, round: 0 });
    this.setPenalties(r1, penalty);
  }

  setPenalties(r1, penalty) {
    this.penalties = [];
    if (r1) this.penalties.push(new R1(r1));
    if (penalty) this.penalties.push(new GradientPenalty(penalty));
  }

  draw() {
    return this.data.draw(BATCH, this.rng);
  }

  noise() {
    return this.rng.noise(BATCH, LATENT);
  }

  /** The steps of a round, one at a time: as many of D as are set when it begins, then one of G. */
  * steps() {
    const { stepsD } = this;
    for (let k = 0; k <= stepsD; k++) {
      const real = this.draw(), noise = this.noise();
      if (k < stepsD) {
        yield { player: "D", loss: discriminatorStep(this, real, noise) };
      } else {
        const loss = generatorStep(this, noise, real);
        this.round++;
        yield { player: "G", loss };
      }
    }
  }
}

/** One step for D: tell real from fake. G stays as it is. Returns D's loss with penalties. */
function discriminatorStep({ G, D, objective, penalties, adamD, rng }, real, noise) {
  const [fake] = G.forward(noise);
  const [realScore, realCaches] = D.forward(real);
  const [fakeScore, fakeCaches] = D.forward(fake);
  let [loss, dReal, dFake] = objective.discriminator(realScore, fakeScore);

  D.zeroGradients();
  for (const penalty of penalties) loss += addPenaltyGradients(penalty, D, real, fake, rng);
  D.backward(dReal, realCaches);
  D.backward(dFake, fakeCaches);
  adamD.step();
  return loss;
}

/** One step for G: the gradient comes back through D, and D stays as it is. Returns G's loss. */
function generatorStep({ G, D, objective, adamG }, noise, real) {
  const [fake, caches] = G.forward(noise);
  const [loss, dFakes] = gradientOfFakes(D, objective, fake, real);

  G.zeroGradients();
  G.backward(dFakes, caches);
  adamG.step();
  return loss;
}

/** [G's loss, ∂loss/∂fakes]: minus the second is where each fake is drawn to. */
function gradientOfFakes(D, objective, fake, real) {
  const [realScore] = objective.needsReal ? D.forward(real) : [];
  const [fakeScore, caches] = D.forward(fake);
  const [loss, dScore] = objective.generator(fakeScore, realScore);
  return [loss, D.backward(dScore, caches, false)];
}
