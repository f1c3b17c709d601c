import { refreshTouchedHours } from "../../sql/aggregates.ts";
import { storeImputation } from "../../sql/imputations.ts";
import { storePage } from "../../sql/samples.ts";
import { storeSleepSessions } from "../../sql/sessions.ts";
import { settleDays } from "../../sql/settle-days.ts";
import type { TestDatabase } from "../../testing/database.ts";
import type { MadeGap } from "../../testing/imputed-person.ts";
import { HEART_RATE, imputedPerson } from "../../testing/imputed-person.ts";
import { pageOf } from "../../testing/pages.ts";

const FIRST_DAY = "2026-11-01";
export const DAYS = 4;
const ALL_STEPS = 1001;
const SLEEP = 1102;
const FIRST_MS = Date.parse(`${FIRST_DAY}T00:00:00Z`);
const MINUTE_MS = 60_000;
export const at = (minute: number) => new Date(FIRST_MS + minute * MINUTE_MS);

/** Filled by a run, and left empty because nothing was worn: minutes from the first day's midnight. */
export const FILLED: MadeGap = { start: 1440 + 600, length: 30, cause: "sensor_dropout" };
export const EMPTY: MadeGap = { start: 1440 + 900, length: 60, cause: "not_worn" };
export const FILLED_BPM = 72;

/** Somebody with four days of minutes, two gaps of which one is filled, steps, a night and the hourly aggregate. */
export async function fillPerson(
  { app, owner }: TestDatabase,
  shortId: string,
  timeZone: string,
): Promise<void> {
  const { id } = await imputedPerson(app, shortId, {
    from: FIRST_DAY,
    days: DAYS,
    gaps: [FILLED, EMPTY],
  });
  await app.query(
    "update study.participant_zone set time_zone = $2::text where participant_id = $1::int",
    [id, timeZone],
  );
  const steps = [600, 601, 605, 1440 + 10].map((minute) => at(minute).getTime());
  const owned = { participantId: id, seriesId: ALL_STEPS, workflowRunId: "test" };
  await storePage(app, owned, pageOf(steps, [40, 50, 60, 70]));
  const days = ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"];
  await settleDays(app, id, HEART_RATE, days, null);
  await imputeDay(app, id);
  await storeSleepSessions(app, { participantId: id, seriesId: SLEEP }, [night()], at(2000));
  await refreshTouchedHours(owner);
}

/** Says of everybody's days that nothing more is awaited. */
export async function closeDays({ app }: TestDatabase): Promise<void> {
  await app.query(
    `update study.ledger_metric set read_at = now(), stable_since = '2026-11-06', final_at = '2026-11-06'`,
  );
}

function night() {
  const [start, middle, end] = [at(1440 - 60), at(1440 + 120), at(1440 + 360)].map((time) =>
    time.getTime(),
  );
  return {
    providerSessionId: "night-1",
    minutesAsleep: 390,
    minutesInBed: 420,
    stages: [
      { startMs: start ?? 0, endMs: middle ?? 0, stage: "light" as const },
      { startMs: middle ?? 0, endMs: end ?? 0, stage: "rem" as const },
    ],
  };
}

async function imputeDay(db: TestDatabase["app"], participantId: number): Promise<void> {
  const path = (bpm: number) => new Float64Array(FILLED.length).fill(bpm);
  const found = ({ start, length, cause }: MadeGap) => ({
    startsAt: at(start),
    endsAt: at(start + length),
    cause,
    seed: "seed",
  });
  const filled = {
    method: "smoother",
    provisional: false,
    withSteps: true,
    mean: path(FILLED_BPM),
    lower: path(60),
    upper: path(85),
    passedOver: [],
  } as const;
  const refusal = { pending: false, reason: "nothing was worn: the device was off" };
  await storeImputation(db, {
    participantId,
    seriesId: HEART_RATE,
    day: "2026-11-02",
    inputHash: "ab".repeat(32),
    codeVersion: "test",
    parameters: { method: "smoother" },
    scale: 10,
    madeAt: at(3000),
    gaps: [
      { ...found(FILLED), expectedSteps: null, imputation: { filled } },
      { ...found(EMPTY), expectedSteps: null, imputation: { refusal } },
    ],
    tests: [],
  });
}
