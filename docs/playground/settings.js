"use strict";
/* What can be set, where it starts, and how an address says it: ?objective=hinge&r1=0 */

const SEEDS = 2 ** 32; // as many as there are
const RATES = [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2, 2e-2];
const DATA = { "ring": ring, "grid": grid, "two moons": twoMoons, "drawing": drawing };

const SETTINGS = {
  data: { start: "ring", values: Object.keys(DATA) },
  objective: { start: "non-saturating", values: Object.keys(OBJECTIVES) },
  r1: { start: 0.1, values: [0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10] },
  penalty: { start: 0, values: [0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10] },
  rateG: { start: 2e-3, values: RATES },
  rateD: { start: 5e-3, values: RATES },
  stepsD: { start: 1, values: [1, 2, 3, 4, 5] },
  seed: { start: 0, values: null }, // 0, 1, ... SEEDS - 1
};

const starts = () =>
  Object.fromEntries(Object.entries(SETTINGS).map(([name, { start }]) => [name, start]));

/** [settings, what could not be read, as sentences] of a query such as "?r1=0". */
function settingsFrom(query) {
  const settings = starts(), unread = [];
  for (const [name, text] of new URLSearchParams(query)) {
    if (!Object.hasOwn(SETTINGS, name)) continue; // somebody else's
    const { start, values } = SETTINGS[name];
    const value = typeof start === "string" ? text : text.trim() === "" ? NaN : Number(text);
    const fits = values ? values.includes(value) : Number.isInteger(value) && value >= 0 && value < SEEDS;
    const wanted = values ? `one of ${values.join(", ")}` : `a whole number from 0 to ${SEEDS - 1}`;
    if (fits) settings[name] = value;
    else unread.push(`${name}=${text} is not ${wanted}, so ${start} is used.`);
  }
  return [settings, unread];
}

/** The query that gives these settings; what stands as it starts is left out. */
function queryOf(settings) {
  const changed = Object.entries(settings).filter(([name, value]) => value !== SETTINGS[name].start);
  return `?${new URLSearchParams(changed)}`;
}
