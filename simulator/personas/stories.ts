import { scopes } from "../oauth/scopes.ts";
import type { Persona } from "./personas.ts";

/** An instant by the calendar at home: days from the epoch, and the hour. */
export type Moment = Readonly<{ day: number; hour: number }>;

/**
 * What happens once to somebody who is otherwise a persona. Stories are told only where they are asked for by name
 * (`stories` of the simulator's options, `--stories`), so that the people of a seed stay who they are.
 */
export type Story = Readonly<{
  persona: Persona;
  /** Another watch from here on; the old one was last synced before, and once more long after. */
  swap?: Readonly<{ at: Moment; unsyncedHours: number; lastSyncAfterHours: number }>;
  /** Moves to other zones, one after the other. */
  journey?: readonly Readonly<{ at: Moment; zone: string }>[];
  /** The watch lies on a table and reports one heart rate for hours. */
  flat?: Readonly<{ at: Moment; hours: number; bpm: number }>;
  /** What the participant ticks at consent; absent: everything. */
  grants?: readonly string[];
  /** The participant takes consent back at the provider. */
  takesBack?: Moment;
}>;

const oslo = {
  zone: "Europe/Oslo",
  site: "Oslo",
  device: "Charge 6",
  enrolledAfterDays: 1,
} as const;

export const stories: readonly Story[] = [
  {
    persona: { ...oslo, name: "device swap" },
    swap: { at: { day: 20, hour: 11 }, unsyncedHours: 30, lastSyncAfterHours: 75 },
  },
  {
    persona: { ...oslo, name: "traveller west" },
    journey: [
      { at: { day: 10, hour: 12 }, zone: "America/New_York" },
      { at: { day: 17, hour: 20 }, zone: "Europe/Oslo" },
    ],
  },
  {
    persona: { ...oslo, name: "traveller over the date line", zone: "Pacific/Auckland" },
    journey: [
      { at: { day: 12, hour: 13 }, zone: "Pacific/Honolulu" },
      { at: { day: 19, hour: 9 }, zone: "Pacific/Auckland" },
    ],
  },
  {
    persona: { ...oslo, name: "flat heart rate" },
    flat: { at: { day: 18, hour: 1 }, hours: 4, bpm: 72 },
  },
  {
    persona: { ...oslo, name: "settings withheld" },
    grants: [scopes.health, scopes.activity, scopes.sleep],
  },
  {
    persona: { ...oslo, name: "activity withheld" },
    grants: [scopes.health, scopes.sleep, scopes.settings],
  },
  { persona: { ...oslo, name: "consent taken back" }, takesBack: { day: 22, hour: 15 } },
  { persona: { ...oslo, name: "spring and autumn on Lord Howe", zone: "Australia/Lord_Howe" } },
  { persona: { ...oslo, name: "a day without midnight", zone: "America/Santiago" } },
  { persona: { ...oslo, name: "synced every ten days", lateSyncHours: [220, 260] } },
];
