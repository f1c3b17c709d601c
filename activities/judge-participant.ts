import { OPEN_STATES } from "../adherence/day-state.ts";
import { judgeDays } from "../adherence/judge-days.ts";
import type { DaysToJudge, JudgedBefore } from "../sql/days-to-judge.ts";
import { listDaysToJudge, readJudgedBefore } from "../sql/days-to-judge.ts";
import type { Changed } from "../sql/judged-days.ts";
import { noteEpisodes, noteRejudgement, storeJudgedDays } from "../sql/judged-days.ts";
import { removeGapsOfOtherSeries, storeGaps } from "../sql/judged-gaps.ts";
import type { JudgingFacts } from "../sql/judging-facts.ts";
import { readDayFacts, readJudgingFacts } from "../sql/judging-facts.ts";
import type { Queryable } from "../sql/pool.ts";
import { readTimeline } from "../sql/wear-minutes.ts";

/** `days` were judged; of these and of the gaps so many came out otherwise; `events` are episodes begun or ended. */
export type JudgedParticipant = Readonly<{ days: number; changed: Changed; events: number }>;

/** Which days: those a run touched (and what is still open), or all of them, and then why. */
export type WhichDays = Readonly<{ touched: readonly string[] }> | Readonly<{ all: "command" }>;

const NOTHING: JudgedParticipant = { days: 0, changed: { days: 0, gaps: 0 }, events: 0 };

/**
 * Judges a participant's local days as of `now`: states, wear, gaps and episodes. Only touched and open days, unless
 * the study's rules have changed since, which judges all of them anew and is recorded. Run twice = no change.
 */
export async function judgeParticipant(
  db: Queryable,
  participantId: number,
  which: WhichDays,
  now: Date,
): Promise<JudgedParticipant> {
  const facts = await readJudgingFacts(db, participantId, now);
  if (facts === null) return NOTHING;
  const { settingsVersion, firstDay, lastDay, seriesId } = facts;
  const { endedOn } = facts.person;
  const before = await readJudgedBefore(db, participantId, { firstDay, seriesId });
  const why = whyAll(which, before, settingsVersion);
  const whole = { firstDay, lastDay, contextFrom: firstDay, contextTo: lastDay };
  const touched = "touched" in which ? which.touched : [];
  const open = { firstDay, endedOn, lastDay, touched, openStates: OPEN_STATES, now };
  const stretches = why === null ? await listDaysToJudge(db, participantId, open) : [whole];
  let judged = NOTHING;
  for (const stretch of stretches) {
    const { days, changed } = await judgeStretch(db, { participantId, facts, stretch, now });
    judged = {
      ...judged,
      days: judged.days + days,
      changed: {
        days: judged.changed.days + changed.days,
        gaps: judged.changed.gaps + changed.gaps,
      },
    };
  }
  if (why !== null) {
    await removeGapsOfOtherSeries(db, participantId, { firstDay, seriesId });
    await noteRejudgement(db, participantId, {
      at: now,
      reason: why,
      fromVersion: before?.highest ?? null,
      toVersion: settingsVersion,
      days: judged.days,
      changed: judged.changed,
    });
  }
  return { ...judged, events: await noteEpisodes(db, participantId, now) };
}

/** Why all days are judged; null where the touched and open ones are enough. */
function whyAll(
  which: WhichDays,
  before: JudgedBefore | null,
  version: number,
): "first" | "rules" | "source" | "command" | null {
  if (before === null) return "first";
  if (before.byOtherSeries) return "source";
  if (before.lowest !== version || before.highest !== version) return "rules";
  return "all" in which ? which.all : null;
}

async function judgeStretch(
  db: Queryable,
  {
    participantId,
    facts,
    stretch,
    now,
  }: Readonly<{ participantId: number; facts: JudgingFacts; stretch: DaysToJudge; now: Date }>,
): Promise<Readonly<{ days: number; changed: Changed }>> {
  const { person, settings, settingsVersion, seriesId, wearSeries } = facts;
  const context = { firstDay: stretch.contextFrom, lastDay: stretch.contextTo };
  const days = await readDayFacts(db, participantId, seriesId, context);
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return { days: 0, changed: { days: 0, gaps: 0 } };
  const nowMs = now.getTime();
  const span = {
    fromMs: first.startMs,
    toMs: Math.max(first.startMs, Math.min(last.endMs, nowMs)),
  };
  const timeline = await readTimeline(db, participantId, wearSeries, span);
  const judgement = judgeDays(timeline, days, person, settings, nowMs);
  const core = judgement.days.filter(
    ({ day }) => day >= stretch.firstDay && day <= stretch.lastDay,
  );
  const [fromMs, toMs] = [core[0]?.startMs ?? 0, core.at(-1)?.endMs ?? 0];
  const gaps = judgement.gaps.filter((gap) => gap.fromMs < toMs && gap.toMs > fromMs);
  const { isMeasured } = judgement;
  const changedGaps = { seenFromMs: span.fromMs, fromMs, toMs, now, isMeasured };
  return {
    days: core.length,
    changed: {
      days: await storeJudgedDays(db, participantId, core, { settingsVersion, now }),
      gaps: await storeGaps(db, { participantId, seriesId }, gaps, changedGaps),
    },
  };
}
