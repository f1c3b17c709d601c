import type { JudgedParticipant } from "../activities/judge-participant.ts";
import { judgeParticipant } from "../activities/judge-participant.ts";
import { storeDevices } from "../sql/devices.ts";
import { planReading } from "../sql/ledger.ts";
import type { ParticipantState } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import type { RunOutcome } from "../sql/runs.ts";
import { storeRun } from "../sql/runs.ts";
import { storePage } from "../sql/samples.ts";
import { settleDays } from "../sql/settle-days.ts";
import { pageOf } from "./pages.ts";
import { enrol } from "./people.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const HEART_RATE = 1;

/** What a test does to somebody whose days are judged. Instants are epoch milliseconds at full minutes. */
export type JudgedPerson = Readonly<{
  id: number;
  /** Stores a heart rate in these minutes. */
  measure(times: readonly number[]): Promise<unknown>;
  /** By their watch, or by another device of this id. */
  sync(at: number, batteryPercent: number, seenAt: number, device?: string): Promise<void>;
  /** Puts them in another state at an instant; `endedOn` is their last local day. */
  become(state: ParticipantState, at: number, endedOn?: string): Promise<unknown>;
  /** Reads all that is open; `read` false: the reading broke off. Then judges what was touched. */
  run(now: number, read?: boolean): Promise<JudgedParticipant>;
  /** Reads what is open of the newest so many days, ends in these words, and judges. */
  runNewest(now: number, days: number, detail: string): Promise<JudgedParticipant>;
  /** Judges all days. */
  whole(now: number): Promise<JudgedParticipant>;
  /** Rows of a query about them; their id is its only parameter. */
  rows(sql: string): Promise<Record<string, unknown>[]>;
  states(): Promise<string[]>;
}>;

/** Somebody connected, whose minutes, syncs and readings the test makes up. */
export async function judgedPerson(
  db: Queryable,
  {
    shortId,
    enrolledOn,
    timeZone,
  }: Readonly<{ shortId: string; enrolledOn: string; timeZone: string }>,
): Promise<JudgedPerson> {
  const id = await enrol(db, shortId, { enrolledOn, timeZone });
  await db.query(
    "update study.participant_state_change set at = $2::date where participant_id = $1::int",
    [id, enrolledOn],
  );
  await db.query(
    `insert into study.connection (participant_id, source, status, status_reason, status_since)
     values ($1::int, 'google-health', 'active', 'consent given', $2::timestamptz)`,
    [id, enrolledOn],
  );
  const owner = { participantId: id, seriesId: HEART_RATE, workflowRunId: "made up" };
  let runs = 0;
  const runOf = async (
    nowMs: number,
    newest: number,
    ended: Readonly<{ outcome: RunOutcome; detail: string }>,
  ) => {
    const now = new Date(nowMs);
    const plan = await planReading(db, id, [HEART_RATE], { now, reopen: null });
    const days = (plan.daysOf.get(HEART_RATE) ?? []).map(({ day }) => day);
    const left = days.slice(0, Math.max(0, days.length - newest));
    const reading = { began: now, ended: now, syncAt: plan.syncAt };
    await settleDays(db, id, HEART_RATE, left, null);
    await settleDays(db, id, HEART_RATE, days.slice(left.length), reading);
    runs += 1;
    await storeRun(db, {
      workflowId: `ingest/test/${shortId}`,
      runId: `${shortId}-${runs}`,
      participantId: id,
      scheduledAt: now,
      startedAt: now,
      finishedAt: now,
      ...ended,
      inserted: 0,
      updated: 0,
      quarantined: 0,
    });
    return judgeParticipant(db, id, { touched: days }, now);
  };
  return {
    id,
    measure: (times: readonly number[]) =>
      storePage(
        db,
        owner,
        pageOf(
          times,
          times.map((ms) => 600 + ((ms / MINUTE) % 7) * 10),
        ),
      ),
    sync: (at: number, batteryPercent: number, seenAt: number, device = shortId) =>
      storeDevices(db, id, "google-health", {
        devices: [
          {
            providerDeviceId: device,
            kind: "tracker",
            model: null,
            batteryPercent,
            batteryLabel: null,
            lastSyncAt: new Date(at),
          },
        ],
        seenAt: new Date(seenAt),
      }),
    become: (state, at, endedOn) =>
      db.query(
        `with before as (select id, state from study.participant where id = $1::int),
         changed as (
           update study.participant p set state = $2::text, ended_on = $4::date from before where p.id = before.id)
         insert into study.participant_state_change (participant_id, at, from_state, to_state, actor, reason)
         select id, $3::timestamptz, state, $2::text, 'a test', 'to test' from before`,
        [id, state, new Date(at), endedOn ?? null],
      ),
    run: (now: number, read = true) =>
      read
        ? runOf(now, Number.POSITIVE_INFINITY, { outcome: "complete", detail: "heart rate" })
        : runOf(now, 0, { outcome: "partial", detail: "heart rate: SourceUnavailable" }),
    runNewest: (now: number, days: number, detail: string) =>
      runOf(now, days, { outcome: "partial", detail }),
    whole: (nowMs: number) => judgeParticipant(db, id, { all: "command" }, new Date(nowMs)),
    rows: async (sql: string) => (await db.query(sql, [id])).rows,
    states: async () => {
      const { rows } = await db.query<{ state: string }>(
        "select state from study.judged_day where participant_id = $1::int order by day",
        [id],
      );
      return rows.map(({ state }) => state);
    },
  };
}

export const minutesBetween = (from: number, to: number) =>
  Array.from(
    { length: Math.max(0, Math.floor((to - from) / MINUTE)) },
    (_, i) => from + i * MINUTE,
  );
