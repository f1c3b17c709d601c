import type { FaultSwitch } from "../../simulator/faults/switchboard.ts";
import { compare, isSound } from "../../testing/compare-with-truth.ts";
import { costOf } from "../process-cost.ts";
import type { Bench } from "./bench.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";
import type { Installation } from "./installation.ts";
import { readAnew, trigger, untilQuiet, untilRead } from "./runs.ts";
import { clearFaults, readCounts, resetCounts, setFaults } from "./upstream.ts";

const HEART_RATE = "heart-rate/dataPoints";
const MAX_WORKER_MEGABYTES = 1500;

/** T13: pages that overlap, come in any order, or never end. */
export const strangePaging: FaultTest<Bench> = {
  id: "T13",
  promise: "overlapping and shuffled pages give the same table; a loop of page tokens is cut",
  async run({ installation, people }) {
    const [looped = "", ...others] = people.slice(0, 4);
    await untilQuiet(installation);
    await resetCounts(installation);
    await setFaults(
      installation,
      { kind: "repeatedToken", participant: looped, path: HEART_RATE, count: 10_000 },
      ...others.flatMap((participant): FaultSwitch[] => [
        { kind: "overlap", participant, rate: 0.5 },
        { kind: "shuffled", participant, rate: 0.7 },
        { kind: "duplicates", participant, rate: 0.9 },
      ]),
    );
    const { incomplete } = await readAnew(installation, [looped, ...others]);
    const { faults } = await readCounts(installation);
    await clearFaults(installation);
    const found = await compare(installation, others);
    const healed = await readOnceMore(installation, [looped]);
    const windows = await loopsCut(installation, looped);
    const looping = faults["repeatedToken"] ?? 0;
    return {
      passed:
        isSound(found) &&
        isSound(healed.found) &&
        incomplete.length === 1 &&
        looping === 2 * windows,
      figure: figureOf({
        bent_pages:
          (faults["overlap"] ?? 0) + (faults["shuffled"] ?? 0) + (faults["duplicates"] ?? 0),
        ...found,
        pages_until_a_loop_is_cut: looping / windows,
        missing_after_the_next_reading: healed.found.missing,
      }),
    };
  },
};

async function loopsCut({ app }: Installation, participant: string): Promise<number> {
  const { rows } = await app.query<{ n: number }>(
    `select coalesce(sum(q.times_seen), 0)::int as n from study.quarantine q
     join study.participant p on p.id = q.participant_id
     where p.short_id = $1::text and q.reason = 'unexpected_reply'`,
    [participant],
  );
  return rows[0]?.n ?? 0;
}

/** Bodies that cannot be read, one person each; those that pass with the next try are not quarantined. */
const BROKEN: Readonly<Partial<Record<FaultSwitch["kind"], number>>> = {
  brokenJson: 1,
  otherShape: 1,
  htmlWith200: 0,
  truncatedBody: 0,
  brokenOff: 0,
  wrongContentType: 0,
  gzipBomb: 0,
  hugePage: 0,
};

/** T15: bodies that are none. */
export const brokenBodies: FaultTest<Bench> = {
  id: "T15",
  promise:
    "broken JSON, HTML, cut-off bodies, a gzip bomb and 50 MB pages: what cannot be read is quarantined, the worker lives, the others go on",
  async run({ installation, people }) {
    await untilQuiet(installation);
    const kinds = Object.keys(BROKEN) as (keyof typeof BROKEN)[];
    const met = people.slice(0, kinds.length);
    const worker = installation.pid("worker");
    await setFaults(
      installation,
      ...kinds.map((kind, index): FaultSwitch => {
        return { kind, participant: met[index] ?? "", path: HEART_RATE };
      }),
    );
    const ended = await readAnew(installation, people.slice(0, kinds.length + 4));
    const injected = Object.values(BROKEN).reduce((sum, n) => sum + n, 0);
    const reasons = await quarantined(installation, met);
    const { peakMegabytes } = costOf(installation.pid("worker"));
    const healed = await readOnceMore(installation, met);
    return {
      passed:
        reasons.join() === `unexpected_reply ${injected}` &&
        ended.incomplete.length === injected &&
        isSound(healed.found) &&
        installation.pid("worker") === worker &&
        peakMegabytes < MAX_WORKER_MEGABYTES,
      figure: figureOf({
        injected: kinds.length,
        quarantined: reasons.join(" "),
        partial_runs: ended.incomplete.length,
        worker_peak_MB: peakMegabytes,
        ...healed.found,
      }),
    };
  },
};

/** Readings that cannot be, with the reason by which each must be refused. */
const STRANGE: readonly (readonly [reason: string, fault: FaultSwitch])[] = [
  ["not_a_number", { kind: "nan", path: HEART_RATE }],
  ["not_a_number", { kind: "strangeValue", value: "Infinity", path: HEART_RATE }],
  ["implausible_value", { kind: "strangeValue", value: "-5", path: HEART_RATE }],
  ["implausible_value", { kind: "implausible", path: HEART_RATE }],
  ["implausible_value", { kind: "strangeValue", value: "1000000000", path: "steps/dataPoints" }],
  ["outside_window", { kind: "strangeTime", time: "2036-01-01T00:00:00Z", path: HEART_RATE }],
  ["outside_window", { kind: "strangeTime", time: "1970-01-01T00:00:00Z", path: HEART_RATE }],
  ["bad_time", { kind: "strangeTime", time: "yesterday", path: HEART_RATE }],
];

/** T16: readings that cannot be. */
export const strangeReadings: FaultTest<Bench> = {
  id: "T16",
  promise:
    "NaN, Infinity, negative and absurd values, 1970, 2036 and no time at all: each refused with its reason, none silently, the rest kept",
  async run({ installation, people }) {
    await untilQuiet(installation);
    const met = people.slice(0, STRANGE.length);
    await setFaults(
      installation,
      ...STRANGE.map(([, fault], index) => ({ ...fault, participant: met[index] ?? "" })),
    );
    await readAnew(installation, met);
    const expected = countsOf(STRANGE.map(([reason]) => reason));
    const reasons = await quarantined(installation, met);
    const healed = await readOnceMore(installation, met);
    return {
      passed: reasons.join() === expected.join() && isSound(healed.found),
      figure: figureOf({
        injected: expected.join(" "),
        refused: reasons.join(" "),
        ...healed.found,
      }),
    };
  },
};

function countsOf(reasons: readonly string[]): string[] {
  return [...new Set(reasons)]
    .toSorted()
    .map((reason) => `${reason} ${reasons.filter((one) => one === reason).length}`);
}

async function quarantined({ app }: Installation, people: readonly string[]): Promise<string[]> {
  const { rows } = await app.query<{ reason: string; n: number }>(
    `select q.reason, count(*)::int as n from study.quarantine q
     join study.participant p on p.id = q.participant_id
     where p.short_id = any ($1::text[]) group by q.reason order by q.reason`,
    [people],
  );
  return rows.map(({ reason, n }) => `${reason} ${n}`);
}

/** The next ordinary reading of these people, without forgetting anything: what was left out must follow. */
async function readOnceMore(installation: Installation, people: readonly string[]) {
  await untilQuiet(installation);
  // A day that was read whole is read again only after a new sync: as if there had been one.
  await installation.owner.query(
    `update study.ledger_metric m set read_sync_at = null, final_at = null from study.participant p
     where p.id = m.participant_id and p.short_id = any ($1::text[])`,
    [people],
  );
  const since = new Date();
  await trigger(installation, people);
  const { incomplete } = await untilRead(installation, people, since);
  return { incomplete, found: await compare(installation, people) };
}
