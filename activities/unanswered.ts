import { RateLimited, ScopeMissing, SourceUnavailable } from "../sources/errors.ts";
import type { Participant } from "../sql/participants.ts";
import { noteFetches } from "../sql/quarantine.ts";
import type { Series } from "../sql/series.ts";
import { readSeriesFrom } from "../sql/series.ts";
import type { IngestDeps } from "./read-windows.ts";
import { workflowRunId } from "./workflow-run-id.ts";

/**
 * So many attempts in a row that one endpoint left unanswered, half a minute in all, before it is asked whether others
 * are answered. Counted by the heartbeat: an attempt's own number counts rate limits and killed workers as well.
 */
export const PATIENCE = 6;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Whether this says that the source did not answer; that it refuses our whole project is another matter. */
export function isUnanswered(error: unknown): error is SourceUnavailable {
  return error instanceof SourceUnavailable && !error.projectLevel;
}

/**
 * Whether the source answers for the same person where another data type is asked for: then one endpoint alone is away.
 * Asks for the last hour of one type of each permission, until one answers. A rate limit is thrown on, to be waited for.
 */
export async function answersElsewhere(
  deps: IngestDeps,
  person: Participant,
  silent: string | null,
): Promise<boolean> {
  for (const series of await witnesses(deps, silent)) {
    if (await answers(deps, person, series)) return true;
  }
  return false;
}

async function witnesses(
  { db, source }: IngestDeps,
  silent: string | null,
): Promise<readonly Series[]> {
  const all = await readSeriesFrom(db, source.name);
  const others = all.filter(
    ({ dataType, resolution }) => dataType !== silent && resolution !== "day",
  );
  const byPermission = Map.groupBy(others, (one) => source.capabilities.permissionOf(one));
  return [...byPermission.values()].flatMap(([first]) => (first ? [first] : []));
}

async function answers(
  { db, source, grants, clock }: IngestDeps,
  person: Participant,
  series: Series,
): Promise<boolean> {
  const to = Math.floor(clock().getTime() / MINUTE_MS) * MINUTE_MS;
  const span = { from: new Date(to - HOUR_MS), to: new Date(to), days: [] };
  try {
    const page = await grants.withAccessToken(person.id, async (token) => {
      const pages = source.fetchPages([series], span, token);
      const { value } = await pages.next();
      await pages.return();
      return value;
    });
    if (page) await noteFetches(db, person.id, workflowRunId(), [page.provenance]);
    return true;
  } catch (error) {
    if (error instanceof RateLimited) throw error;
    // A permission is refused before the data are looked for: it does not say that they could be given.
    return !(error instanceof SourceUnavailable || error instanceof ScopeMissing);
  }
}
