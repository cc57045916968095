"use strict";
/* Random numbers from a seed: the same seed plays the same game. */

/** sfc32, Chris Doty-Humphrey's small fast counting generator (PractRand), 32 bits a draw. */
class Random {
  constructor(seed) {
    this.state = [0, seed, 0, 1];
    for (let i = 0; i < 12; i++) this.bits();
  }

  bits() {
    let [a, b, c, counter] = this.state;
    const drawn = (a + b + counter) | 0;
    this.state = [b ^ (b >>> 9), (c + (c << 3)) | 0, (((c << 21) | (c >>> 11)) + drawn) | 0,
      (counter + 1) | 0];
    return drawn >>> 0;
  }

  /** Uniform in [0, 1). */
  uniform() {
    return this.bits() / 2 ** 32;
  }

  /** 0, 1, ..., count - 1. */
  integer(count) {
    return Math.floor(this.uniform() * count);
  }

  /** Standard normal, by Box and Muller. */
  normal() {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** rows × columns standard normal numbers. */
  noise(rows, columns) {
    return new Matrix(rows, columns).map(() => this.normal());
  }
}
