import { allScopes } from "../oauth/scopes.ts";
import type { Device, Participant } from "../participant.ts";
import { mix, mixText, unit } from "../random.ts";
import { dayNumber, formatDay, HOUR } from "../time.ts";
import type { Zone } from "../zone.ts";
import { zoneOf } from "../zone.ts";
import { createHeartRate } from "./heart-rate.ts";
import type { Life } from "./life.ts";
import { createLife } from "./life.ts";
import { createExercises, createSleeps } from "./nights.ts";
import type { Persona } from "./personas.ts";
import { personas } from "./personas.ts";
import { createSteps, withPhone } from "./steps.ts";
import { lastSync } from "./synced-series.ts";
import { BATTERY_HOURS } from "./wear.ts";
import { createWeight, NO_WEIGHT } from "./weight.ts";

const FEATURES = ["ACTIVE_MINUTES", "CALORIES", "HEART_RATE", "SLEEP", "STEPS"];

/** The first `count` people of a seed; person i is the same person in every larger roster. Their ids are `taken`. */
export function createPersonas(
  seed: number,
  epoch: string,
  count: number,
  taken = new Set<string>(),
): readonly Participant[] {
  return Array.from({ length: count }, (_, i) => {
    const key = mix(mixText(seed, "participant"), i);
    const persona = personas[i % personas.length];
    if (persona === undefined) throw new Error("There are no personas.");
    return createPersona(persona, { key, epoch, id: shortId(key, taken) });
  });
}

/** Who a persona becomes; the last four only where a story says otherwise. */
type Making = Readonly<{
  key: number;
  epoch: string;
  id: string;
  zone?: Zone;
  /** When the watch was handed over, and what tells it from another one of the same person. */
  startsAt?: number;
  watchKey?: number;
  changeLife?: (life: Life) => Life;
}>;

/** Makes one person with one watch. */
export function createPersona(persona: Persona, making: Making): Participant {
  const { key, epoch, id, zone = zoneOf(persona.zone), watchKey = key } = making;
  const { changeLife = (life) => life } = making;
  const epochDay = dayNumber(epoch);
  const firstDay = epochDay + (persona.enrolledAfterDays ?? mix(key, 1) % 17);
  const { startsAt = zone.instantOf(firstDay, 10 * 60) } = making;
  const planned = createLife(persona, { zone, key, epochDay, firstDay, startsAt });
  const lifeUntil = changedOnce(planned, changeLife);
  return {
    id,
    healthUserId: `1${digits(key, 2)}${digits(key, 3)}`,
    legacyUserId: mix(key, 4).toString(36).toUpperCase().padStart(6, "0").slice(-6),
    persona: persona.name,
    zone,
    grantedScopes: allScopes,
    takesConsentBackAt: null,
    enrolledOn: formatDay(firstDay),
    arm: unit(key, 5) < 0.5 ? "A" : "B",
    site: persona.site,
    deviceName: persona.device,
    devices: (now) => devicesOf(persona, watchKey, startsAt, lifeUntil(now), now),
    events: ({ from, to }) =>
      lifeUntil(to)
        .events()
        .filter(({ at }) => at >= from && at < to),
    heartRate: createHeartRate(key, zone, lifeUntil),
    steps: createAllSteps(persona, key, startsAt, lifeUntil),
    sleeps: createSleeps(key, lifeUntil),
    exercises: createExercises(key, lifeUntil),
    weight: persona.scale === true ? createWeight(key, zone, startsAt) : NO_WEIGHT,
  };
}

/** Lives are asked for every minute of them, and are the same plan for a month. */
function changedOnce(
  planned: (until: number) => Life,
  change: (life: Life) => Life,
): (until: number) => Life {
  let last: Readonly<{ plan: Life; changed: Life }> | null = null;
  return (until) => {
    const plan = planned(until);
    if (last?.plan !== plan) last = { plan, changed: change(plan) };
    return last.changed;
  };
}

/**
 * About half carry a phone that counts too, also while the watch's own sync is turned off: phones are no proof that a
 * watch is worn. Of a phone that is lost or left at home nothing comes.
 */
function createAllSteps(
  persona: Persona,
  key: number,
  startsAt: number,
  lifeUntil: (until: number) => Life,
): Participant["steps"] {
  const wearable = createSteps(key, lifeUntil);
  const { cause = "sync_turned_off" } = persona.silence ?? {};
  const hasPhone = cause === "sync_turned_off" && unit(key, 9) < 0.5;
  return { wearable, all: hasPhone ? withPhone(key, wearable, startsAt, lifeUntil) : wearable };
}

/** D- and four digits, opaque but stable; five or more digits once four are nearly used up. */
export function shortId(key: number, taken: Set<string>): string {
  for (let attempt = 0; ; attempt++) {
    const width = 4 + Math.floor(attempt / 50);
    const id = `D-${String(mix(key, 100 + attempt) % 10 ** width).padStart(width, "0")}`;
    if (taken.has(id)) continue;
    taken.add(id);
    return id;
  }
}

function devicesOf(
  persona: Persona,
  key: number,
  startsAt: number,
  life: Life,
  now: number,
): readonly Device[] {
  const synced = lastSync(life.syncs, now);
  const tracker: Device = {
    id: digits(key, 6),
    type: "TRACKER",
    version: persona.device,
    macAddress: macAddress(key),
    features: FEATURES,
    lastSyncAt: synced === 0 ? null : synced,
    batteryLevel: batteryLevel(life, startsAt, synced),
  };
  const scale: Device = {
    ...tracker,
    id: digits(key, 7),
    type: "SCALE",
    version: "Aria Air",
    macAddress: macAddress(key + 1),
    features: ["WEIGHT"],
    batteryLevel: 80,
  };
  return persona.scale === true ? [tracker, scale] : [tracker];
}

/** What the phone last heard of the battery, so as of the last sync. */
function batteryLevel({ wear }: Life, startsAt: number, at: number): number {
  const charge = wear.charging.findLast(({ from }) => from <= at);
  if (charge !== undefined && at < charge.to) return 90;
  const hours = (at - (charge?.to ?? startsAt)) / HOUR;
  return Math.max(0, Math.min(100, Math.round(100 * (1 - hours / BATTERY_HOURS))));
}

function digits(key: number, purpose: number): string {
  return String(mix(key, purpose) % 1_000_000_000).padStart(9, "0");
}

function macAddress(key: number): string {
  const hex = (purpose: number): string => mix(key, purpose).toString(16).padStart(8, "0");
  return `${hex(8)}${hex(9).slice(0, 4)}`.toUpperCase();
}
