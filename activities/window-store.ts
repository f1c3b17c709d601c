import type { Page, ReadingSpan } from "../sources/source.ts";
import type { DaysOwner } from "../sql/daily-values.ts";
import { storeDaysPage } from "../sql/daily-values.ts";
import type { StoredPage } from "../sql/page-notes.ts";
import type { Queryable } from "../sql/pool.ts";
import { storePage } from "../sql/samples.ts";
import { storeSessionsPage } from "../sql/sessions.ts";
import { settleAbsentDays, settleAbsentSessions } from "../sql/withdrawn-rows.ts";
import type { Absences } from "../sql/withdrawn-samples.ts";
import { holdsSamples, settleAbsences } from "../sql/withdrawn-samples.ts";

/** Where a window's pages go: what it knows of them at the end tells what the source no longer gives. */
type Keeper = Readonly<{
  store(page: Page): Promise<StoredPage>;
  settle(read: Read): Promise<Pick<Absences, "withdrawn">>;
}>;
type Read = Readonly<{ window: ReadingSpan; began: Date; ended: Date }>;

/** Stores a window page by page, and knows at its end what the source no longer gives. */
type WindowStore = Readonly<{
  store(page: Page): Promise<StoredPage>;
  /**
   * After the last page. Nothing is noted as absent where a reading could not be kept: only where every one could is it
   * known what the source no longer gives.
   */
  close(ended: Date): Promise<Pick<Absences, "withdrawn">>;
}>;

/** For one window of one data type; `seriesIds` are in the order in which they were asked for. */
export function createWindowStore(
  db: Queryable,
  owner: DaysOwner,
  { span, began }: Readonly<{ span: ReadingSpan; began: Date }>,
): WindowStore {
  const keepers = {
    samples: keepSamples(db, owner, span),
    days: keepDays(db, owner),
    sessions: keepSessions(db, owner),
  };
  let holds: Page["holds"] | null = null;
  let rejected = 0;
  return {
    store(page) {
      rejected += page.rejected.length;
      holds = page.holds;
      return keepers[holds].store(page);
    },
    close(ended) {
      const isWhole = holds !== null && rejected === 0;
      return isWhole
        ? keepers[holds ?? "samples"].settle({ window: span, began, ended })
        : Promise.resolve({ withdrawn: 0 });
    },
  };
}

const NOTHING: StoredPage = { inserted: 0, updated: 0, quarantined: 0 };

/** The owner of what is of one series alone. */
const alone = (owner: DaysOwner) => ({ ...owner, seriesId: owner.seriesIds[0] ?? 0 });

function keepSamples(db: Queryable, owner: DaysOwner, span: ReadingSpan): Keeper {
  const times: number[] = [];
  let held: boolean | null = null;
  return {
    async store(page) {
      if (page.holds !== "samples") return NOTHING;
      held ??= await holdsSamples(db, alone(owner), span);
      for (const time of page.samples.times) times.push(time);
      return storePage(db, alone(owner), page);
    },
    // Where nothing was stored before this reading there is nothing the source could have withdrawn.
    settle: async (read) =>
      held === false ? { withdrawn: 0 } : settleAbsences(db, alone(owner), { ...read, times }),
  };
}

function keepSessions(db: Queryable, owner: DaysOwner): Keeper {
  const given: string[] = [];
  return {
    async store(page) {
      if (page.holds !== "sessions") return NOTHING;
      for (const { providerSessionId } of page.sessions) given.push(providerSessionId);
      return storeSessionsPage(db, alone(owner), page);
    },
    settle: (read) => settleAbsentSessions(db, alone(owner), { ...read, given }),
  };
}

function keepDays(db: Queryable, owner: DaysOwner): Keeper {
  const given: { seriesId: number; day: string }[] = [];
  return {
    async store(page) {
      if (page.holds !== "days") return NOTHING;
      const { series, days } = page.days;
      for (const [i, day] of days.entries())
        given.push({ seriesId: owner.seriesIds[series[i] ?? 0] ?? 0, day });
      return storeDaysPage(db, owner, page);
    },
    settle: (read) => settleAbsentDays(db, owner, { ...read, days: read.window.days, given }),
  };
}
