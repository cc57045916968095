"use strict";
/* The layers of both players, with their backward passes by hand.

   What gan_scratch/layers does with NumPy stands here in plain JavaScript, under the same names and
   with the same formulas; a test holds the two equal. A layer has four passes:

     forward(x)                                   [y, cache]
     backward(dy, cache)                          dx; adds the parameters' gradients
     tangentForward(xDot, cache)                  [yDot, tangentCache]: how y moves along xDot
     tangentBackward(dy, dyDot, cache, tangentCache)
                                                  [dx, dxDot]; adds the gradients of v · ∇ₓ ΣD

   The last two differentiate the backward pass once more, which R1 and the gradient penalty need.
   `learn = false` leaves the parameters' gradients as they are: the player is only looked through. */

/** c += Σ A over the samples. */
function addSumOverSamples(A, c) {
  for (let sample = 0; sample < A.rows; sample++) {
    for (let column = 0; column < A.columns; column++) {
      c.data[column] += A.data[sample * A.columns + column];
    }
  }
}

/** C += Aᵀ B: a sum over the samples of the batch. */
function addProductOverSamples(A, B, C) {
  const sum = product(transposed(A), B);
  for (let i = 0; i < C.data.length; i++) C.data[i] += sum.data[i];
}

/** A parameter and the gradient that the backward passes add up. */
class Parameter {
  constructor(value) {
    this.value = value;
    this.gradient = new Matrix(value.rows, value.columns);
  }
}

/** y = x W + b, with x N × D, W D × M, b 1 × M. Both start uniform in ±1 / √D. */
class Dense {
  constructor(inputs, outputs, rng) {
    const limit = 1 / Math.sqrt(inputs), draw = () => (2 * rng.uniform() - 1) * limit;
    this.weight = new Parameter(new Matrix(inputs, outputs).map(draw));
    this.bias = new Parameter(new Matrix(1, outputs).map(draw));
    this.parameters = [this.weight, this.bias];
  }

  forward(x) {
    const y = product(x, this.weight.value), b = this.bias.value.data;
    for (let i = 0; i < y.data.length;) {
      for (let column = 0; column < b.length; column++) y.data[i++] += b[column];
    }
    return [y, x];
  }

  // dx = dy Wᵀ      dW = Σ xᵀ dy      db = Σ dy
  backward(dy, x, learn = true) {
    if (learn) {
      addProductOverSamples(x, dy, this.weight.gradient);
      addSumOverSamples(dy, this.bias.gradient);
    }
    return productOfRows(dy, this.weight.value);
  }

  // ẏ = ẋ W
  tangentForward(xDot, x) {
    return [product(xDot, this.weight.value), xDot];
  }

  // dẋ = dẏ Wᵀ      dẆ = Σ ẋᵀ dy + xᵀ dẏ      dḃ = Σ dẏ;  dẏ = null stands for zero
  tangentBackward(dy, dyDot, x, xDot) {
    addProductOverSamples(xDot, dy, this.weight.gradient);
    if (dyDot) {
      addProductOverSamples(x, dyDot, this.weight.gradient);
      addSumOverSamples(dyDot, this.bias.gradient);
    }
    const W = this.weight.value;
    return [productOfRows(dy, W), dyDot && productOfRows(dyDot, W)];
  }
}

/** y = x where x > 0, else slope · x. It is linear on each side, so one product serves all passes. */
class LeakyReLU {
  constructor(slope = 0.2) {
    this.slope = slope;
    this.parameters = [];
  }

  /** v where y > 0, else slope · v; y has the sign of x. */
  gate(v, y) {
    const result = new Matrix(v.rows, v.columns);
    for (let i = 0; i < v.data.length; i++) {
      result.data[i] = y.data[i] > 0 ? v.data[i] : this.slope * v.data[i];
    }
    return result;
  }

  forward(x) {
    const y = this.gate(x, x);
    return [y, y];
  }

  backward(dy, y) {
    return this.gate(dy, y);
  }

  tangentForward(xDot, y) {
    return [this.gate(xDot, y), null];
  }

  tangentBackward(dy, dyDot, y) {
    return [this.gate(dy, y), dyDot && this.gate(dyDot, y)];
  }
}

/** One layer after the other: the chain rule. */
class Sequential {
  constructor(...layers) {
    this.layers = layers;
    this.parameters = layers.flatMap((layer) => layer.parameters);
  }

  forward(x) {
    const caches = [];
    for (const layer of this.layers) {
      let cache;
      [x, cache] = layer.forward(x);
      caches.push(cache);
    }
    return [x, caches];
  }

  backward(dy, caches, learn = true) {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      dy = this.layers[i].backward(dy, caches[i], learn);
    }
    return dy;
  }

  tangentForward(xDot, caches) {
    const tangentCaches = [];
    this.layers.forEach((layer, i) => {
      let cache;
      [xDot, cache] = layer.tangentForward(xDot, caches[i]);
      tangentCaches.push(cache);
    });
    return [xDot, tangentCaches];
  }

  tangentBackward(dy, dyDot, caches, tangentCaches) {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      [dy, dyDot] = this.layers[i].tangentBackward(dy, dyDot, caches[i], tangentCaches[i]);
    }
    return [dy, dyDot];
  }

  zeroGradients() {
    for (const parameter of this.parameters) parameter.gradient.data.fill(0);
  }
}

/** Dense layers from size to size with a leaky ReLU between each two, as models/mlp.py has them. */
function denseStack(sizes, rng) {
  const layers = [];
  for (let i = 0; i + 1 < sizes.length; i++) {
    layers.push(new Dense(sizes[i], sizes[i + 1], rng), new LeakyReLU());
  }
  return new Sequential(...layers.slice(0, -1));
}
