import { createHash } from "node:crypto";
import type {
  Client,
  ScheduleHandle,
  ScheduleOptions,
  ScheduleOptionsStartWorkflowAction,
  ScheduleSpec,
} from "@temporalio/client";
import { ScheduleNotFoundError, ScheduleOverlapPolicy } from "@temporalio/client";
import type { AlignedSchedules } from "../activities/maintain.ts";
import type { Participant } from "../sql/participants.ts";
import { mayStillBeRead } from "../sql/participants.ts";
import type { StudySettings } from "../sql/studies.ts";
import type { ingestParticipant, maintain, maintainDaily } from "../workflows/index.ts";
import { createOrUpdate } from "./create-or-update.ts";
import { armKey, participantStateKey, studyKey } from "./search-attributes.ts";
import { TASK_QUEUE } from "./task-queue.ts";

/** Participants are read between 04:00 and 22:00 of their own day, each at a minute of its own. */
const FIRST_HOUR = 4;
const MINUTES_OPEN = 18 * 60;

type StartIngest = ScheduleOptionsStartWorkflowAction<typeof ingestParticipant>;
type StartMaintain = ScheduleOptionsStartWorkflowAction<typeof maintain>;
type StartMaintainDaily = ScheduleOptionsStartWorkflowAction<typeof maintainDaily>;

/** Id of a participant's one schedule, and the beginning of its workflow ids. */
export function ingestScheduleId(participant: Pick<Participant, "study" | "shortId">): string {
  return `ingest/${participant.study}/${participant.shortId}`;
}

/** The schedule a participant should have: once a day in their own zone, and more often if the study says so. */
export function ingestSchedule(participant: Participant, settings: StudySettings): ScheduleOptions {
  const id = ingestScheduleId(participant);
  return {
    scheduleId: id,
    spec: ingestSpec(participant, settings),
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: "1 day",
      pauseOnFailure: false,
    },
    action: {
      type: "startWorkflow",
      workflowType: "ingestParticipant",
      workflowId: id,
      taskQueue: TASK_QUEUE,
      args: [{ study: participant.study, participant: participant.shortId }],
      staticSummary: `Fetch ${participant.shortId} of ${participant.study}`,
      staticDetails:
        "Plans which days are not final, reads them from the source, settles the ledger. Safe to trigger, back-fill, pause and terminate at any time.",
      typedSearchAttributes: [
        { key: studyKey, value: participant.study },
        { key: participantStateKey, value: participant.state },
        ...(participant.arm === null ? [] : [{ key: armKey, value: participant.arm } as const]),
      ],
    } satisfies StartIngest,
    state: { triggerImmediately: true, note: "Made by Wearflow for an active participant" },
  };
}

function ingestSpec(participant: Participant, settings: StudySettings): ScheduleSpec {
  const minute = FIRST_HOUR * 60 + (hash(participant.shortId) % MINUTES_OPEN);
  const { ingestIntervalMinutes: every } = settings;
  return {
    calendars: [
      {
        hour: Math.floor(minute / 60),
        minute: minute % 60,
        comment: "daily, participant's own time",
      },
    ],
    timezone: participant.timeZone,
    jitter: every === null ? "10 minutes" : `${Math.ceil(every * 6)} seconds`,
    ...(every === null
      ? {}
      : {
          intervals: [
            { every: `${every} minutes`, offset: hash(participant.shortId) % (every * 60_000) },
          ],
        }),
  };
}

/** A number that is always the same for the same text and spreads evenly. */
function hash(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0);
}

/** The schedules of the installation's own work. */
export function maintenanceSchedules(): readonly ScheduleOptions[] {
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: "10 minutes" } as const;
  const state = { triggerImmediately: true, note: "Made by Wearflow" };
  return [
    {
      scheduleId: "maintain",
      spec: { intervals: [{ every: "5 minutes" }] },
      policies,
      action: {
        type: "startWorkflow",
        workflowType: "maintain",
        workflowId: "maintain",
        taskQueue: TASK_QUEUE,
        staticSummary: "Align schedules, refresh the hourly aggregate",
      } satisfies StartMaintain,
      state,
    },
    {
      scheduleId: "maintain-daily",
      spec: { calendars: [{ hour: 2, minute: 30, comment: "daily, UTC" }] },
      policies: { ...policies, catchupWindow: "1 day" },
      action: {
        type: "startWorkflow",
        workflowType: "maintainDaily",
        workflowId: "maintain-daily",
        taskQueue: TASK_QUEUE,
        staticSummary: "Compress days behind the late-sync horizon, drop days no longer kept",
      } satisfies StartMaintainDaily,
      state,
    },
  ];
}

/** Schedules asked for at the same time: a thousand one by one would take a minute. */
const AT_ONCE = 10;

export type ScheduleWish = Readonly<{ participant: Participant; settings: StudySettings }>;

/**
 * Makes schedules follow participants: created or updated for those who are read or paused, deleted for those who
 * left. What ops paused stays paused. `known` remembers what was aligned before, so that a quiet round costs one
 * listing; one that somebody deleted in the UI is made again.
 */
export async function alignSchedules(
  client: Client,
  wishes: readonly ScheduleWish[],
  known: Map<string, string>,
  now: Date,
): Promise<AlignedSchedules> {
  const done = { created: 0, updated: 0, deleted: 0 };
  const failures: unknown[] = [];
  const there = await listIngestSchedules(client);
  const changed = wishes.filter(({ participant, settings }) => {
    const id = ingestScheduleId(participant);
    const isMissing = hasSchedule(participant, now) && !there.has(id);
    return isMissing || known.get(id) !== fingerprint(participant, settings, now);
  });
  const align = async ({ participant, settings }: ScheduleWish) => {
    try {
      const change = await alignOne(client, participant, settings, now);
      if (change !== null) done[change] += 1;
      known.set(ingestScheduleId(participant), fingerprint(participant, settings, now));
    } catch (cause) {
      failures.push(cause);
    }
  };
  for (let from = 0; from < changed.length; from += AT_ONCE) {
    await Promise.all(changed.slice(from, from + AT_ONCE).map(align));
  }
  // One schedule that Temporal refuses must not keep the others from theirs; the next round tries it again.
  if (failures.length > 0)
    throw new AggregateError(failures, "Some schedules could not be aligned");
  return done;
}

/** What Temporal has, a moment ago: a new one may be missing yet, which making it again notices. */
async function listIngestSchedules(client: Client): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { scheduleId } of client.schedule.list({ pageSize: 1000 })) ids.add(scheduleId);
  return ids;
}

/** Paused people keep theirs (a run says so and fetches nothing), completed ones for as long as they are read. */
const hasSchedule = (participant: Participant, now: Date) =>
  participant.state === "paused" || mayStillBeRead(participant, now);

/** What a schedule is made of; a study's thresholds are not in it. */
const fingerprint = (
  participant: Participant,
  { ingestIntervalMinutes }: StudySettings,
  now: Date,
) => JSON.stringify([participant, ingestIntervalMinutes, hasSchedule(participant, now)]);

async function alignOne(
  client: Client,
  participant: Participant,
  settings: StudySettings,
  now: Date,
): Promise<keyof AlignedSchedules | null> {
  const handle = client.schedule.getHandle(ingestScheduleId(participant));
  if (hasSchedule(participant, now)) {
    return createOrUpdate(client, ingestSchedule(participant, settings));
  }
  return (await deleteIfThere(handle)) ? "deleted" : null;
}

async function deleteIfThere(handle: ScheduleHandle): Promise<boolean> {
  try {
    await handle.delete();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}
