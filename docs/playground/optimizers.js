"use strict";

/** Adam (Kingma and Ba 2015), at step t:

   m ← β₁ m + (1 - β₁) g      v ← β₂ v + (1 - β₂) g²      θ ← θ - η m̂ / (√v̂ + ε)
   with m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) */
class Adam {
  constructor(parameters, learningRate, beta1 = 0.5, beta2 = 0.9, eps = 1e-8) {
    Object.assign(this, { parameters, learningRate, beta1, beta2, eps, steps: 0 });
    this.moments = parameters.map(({ value }) => [
      new Float64Array(value.data.length), new Float64Array(value.data.length),
    ]);
  }

  step() {
    this.steps++;
    const { beta1, beta2, eps } = this;
    const mScale = 1 / (1 - beta1 ** this.steps), vScale = 1 / (1 - beta2 ** this.steps);
    this.parameters.forEach(({ value, gradient }, index) => {
      const [m, v] = this.moments[index], theta = value.data;
      for (let i = 0; i < theta.length; i++) {
        const g = gradient.data[i];
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        theta[i] -= this.learningRate * (m[i] * mScale) / (Math.sqrt(v[i] * vScale) + eps);
      }
    });
  }
}
