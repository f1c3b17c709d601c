/** Mixes two integers into one that looks random: the same in, the same out, on every machine. */
export function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul((b ^ 0x7f4a7c15) | 0, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Mixes a text into a key, so that every purpose draws from a sequence of its own. */
export function mixText(key: number, text: string): number {
  let h = key;
  for (let i = 0; i < text.length; i++) h = mix(h, text.charCodeAt(i));
  return h;
}

/** A number of [0, 1) made of a key and an index, without a sequence to walk. */
export function unit(key: number, index: number): number {
  return mix(key, index) / 4_294_967_296;
}

/** A seeded sequence of numbers of [0, 1) (mulberry32). */
export function createRandom(key: number): () => number {
  let state = key >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A number of [low, high) of the sequence. */
export function between(random: () => number, low: number, high: number): number {
  return low + random() * (high - low);
}
