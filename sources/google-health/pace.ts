import { setTimeout as wait } from "node:timers/promises";

/**
 * Keeps calls of one key at least `gapMs` apart, also when they come at once: each takes the next free slot. A key
 * is forgotten when its slot is past, so that the number of keys does not grow.
 */
export function createPace(gapMs: number): (key: string) => Promise<void> {
  const nextSlots = new Map<string, number>();
  return async (key) => {
    const now = performance.now();
    for (const [other, slot] of nextSlots) if (slot <= now) nextSlots.delete(other);
    const slot = nextSlots.get(key) ?? now;
    if (gapMs > 0) nextSlots.set(key, slot + gapMs);
    if (slot > now) await wait(slot - now);
  };
}
