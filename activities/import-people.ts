import type { DeviceClock } from "../sources/fitabase/device-clock.ts";
import { createDeviceClock } from "../sources/fitabase/device-clock.ts";
import { createOffsets } from "../sources/fitabase/zone-offsets.ts";
import type { ImportParticipant } from "../sql/import-participants.ts";
import { findImportParticipants } from "../sql/import-participants.ts";
import type { Queryable } from "../sql/pool.ts";

/** The source's name in the registry of series. */
export const FITABASE = "fitabase";

/** The short id of somebody an export knows by a number. */
export const shortIdOf = (person: string) => `F-${person}`;

/** Somebody whose rows are read. `clock` must see every row of theirs, in the order of the file. */
export type Person = Readonly<{ id: number; withdrawn: boolean; clock: DeviceClock }>;

/** Those of these numbers that are enrolled in the study, by number, as they are now. */
export type FindPeople = (persons: Iterable<string>) => Promise<ReadonlyMap<string, Person>>;

/** Finds participants by the numbers an export gives them, in one statement, each with one clock for one file. */
export function createPeople(db: Queryable, study: string): FindPeople {
  const clocks = new Map<number, DeviceClock>();
  const clockOf = ({ id, zones }: ImportParticipant): DeviceClock => {
    const clock = clocks.get(id) ?? createClock(zones);
    clocks.set(id, clock);
    return clock;
  };
  return async (persons) => {
    const byShortId = new Map([...persons].map((person) => [shortIdOf(person), person]));
    const people = new Map<string, Person>();
    for (const row of await findImportParticipants(db, [...byShortId.keys()])) {
      const person = byShortId.get(row.shortId);
      if (person === undefined || row.study !== study) continue;
      people.set(person, {
        id: row.id,
        withdrawn: row.state === "withdrawn",
        clock: clockOf(row),
      });
    }
    return people;
  };
}

const createClock = (zones: ImportParticipant["zones"]): DeviceClock =>
  createDeviceClock(
    createOffsets(
      zones.map(({ fromMs, timeZone }) => ({
        fromMs: fromMs ?? Number.NEGATIVE_INFINITY,
        timeZone,
      })),
    ),
  );
