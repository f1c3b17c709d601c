import type { ConnectionStatus } from "../sql/connections.ts";
import type { ParticipantState } from "../sql/participants.ts";
import type { RunOutcome } from "../sql/runs.ts";
import type { Flag, ParticipantStatus } from "../sql/status.ts";
import { localMoment, relativeTime } from "./format.ts";
import { fetchIsOverdue } from "./participant-flag.ts";
import type { Rules } from "./study-rules.ts";

/** An instant for a page: machine-readable, in words, and in the participant's zone. */
export type Moment = Readonly<{ iso: string; words: string; title: string }>;

/** A cell that is never empty: either an instant or the reason why there is none. */
export type MomentOrReason = Readonly<{ moment: Moment | null; reason: string }>;

export type Tone = "ok" | "warn" | "bad" | "quiet";
export type Chip = Readonly<{ tone: Tone; words: string }>;

/** The words for a code that an address brought; empty for what is none, such as `constructor`. */
export const wordsFor = (
  words: Readonly<Record<string, string>>,
  code: string | undefined,
): string => (code !== undefined && Object.hasOwn(words, code) ? (words[code] ?? "") : "");

export const stateWords: Readonly<Record<ParticipantState, string>> = {
  invited: "Invited",
  active: "Active",
  paused: "Paused",
  withdrawn: "Withdrawn",
  completed: "Completed",
};

const connections: Readonly<Record<ConnectionStatus, Chip>> = {
  active: { tone: "ok", words: "Connected" },
  scope_missing: { tone: "warn", words: "Permission missing" },
  reconsent_needed: { tone: "bad", words: "Consent needed again" },
  not_linked: { tone: "warn", words: "Not connected yet" },
  revoked: { tone: "bad", words: "Access revoked" },
};

export function connectionChip(status: ConnectionStatus | null): Chip {
  return connections[status ?? "not_linked"];
}

const outcomes: Readonly<Record<RunOutcome, Chip>> = {
  complete: { tone: "ok", words: "complete" },
  partial: { tone: "warn", words: "partial" },
  not_authorised: { tone: "warn", words: "no permission" },
  skipped: { tone: "warn", words: "skipped" },
};

/** How our last run ended; a partial run is never told as a success. */
export function outcomeChip(outcome: RunOutcome | null): Chip {
  return outcome === null ? { tone: "quiet", words: "no run yet" } : outcomes[outcome];
}

/** What a row says first: its flags, most urgent first, or else the participant's state. */
export function chipsOf(status: ParticipantStatus, now: Date, rules: Rules): readonly Chip[] {
  const { flags } = status;
  if (flags.length > 0) return flags.map((flag) => flagChip(flag, status, { now, rules }));
  return [{ tone: status.state === "active" ? "ok" : "quiet", words: stateWords[status.state] }];
}

const FLAG_CHIPS: Readonly<Record<"data_at_risk" | "low_wear" | "low_sleep", Chip>> = {
  data_at_risk: { tone: "bad", words: "Data at risk" },
  low_wear: { tone: "warn", words: "Low wear" },
  low_sleep: { tone: "warn", words: "Low sleep" },
};

function flagChip(
  flag: Flag,
  status: ParticipantStatus,
  { now, rules }: Readonly<{ now: Date; rules: Rules }>,
): Chip {
  if (flag === "no_sync") return { tone: "bad", words: `No sync ${rules.inactiveHours} h` };
  if (flag === "connection") return connectionChip(status.connection);
  if (flag !== "incomplete") return FLAG_CHIPS[flag];
  if (status.lastFetchedAt === null) return { tone: "quiet", words: "Not fetched yet" };
  if (fetchIsOverdue(status, now)) return { tone: "warn", words: "Fetch overdue" };
  return { tone: "warn", words: "Run incomplete" };
}

function momentOf(at: Date, now: Date, timeZone: string): Moment {
  return {
    iso: at.toISOString(),
    words: relativeTime(at, now),
    title: localMoment(at, timeZone),
  };
}

/** The three clocks of a participant, each an instant or the reason why it stands still. */
export function clocksOf(
  status: ParticipantStatus,
  now: Date,
): Readonly<Record<"sync" | "sample" | "fetch" | "battery", MomentOrReason>> {
  const { timeZone, lastSyncAt, lastSampleAt, lastFetchedAt, batterySeenAt } = status;
  const cell = (at: Date | null, reason: string): MomentOrReason => ({
    moment: at && momentOf(at, now, timeZone),
    reason: lastFetchedAt === null ? notReadYet(status) : reason,
  });
  const missing = permissionMissing(status);
  return {
    sync: cell(lastSyncAt, missing ?? (lastSampleAt === null ? "never synced" : "no device tells")),
    sample: cell(lastSampleAt, missing ?? "no sample so far"),
    fetch: cell(lastFetchedAt, notReadYet(status)),
    battery: cell(batterySeenAt, missing ?? "not reported"),
  };
}

function permissionMissing({ connection }: ParticipantStatus): string | null {
  return connection === "active" ? null : "not permitted to read";
}

function notReadYet({ connection, state }: ParticipantStatus): string {
  if (state === "invited") return "not started yet";
  return connection === null || connection === "not_linked" ? "not connected yet" : "not read yet";
}

/** The battery in words, with the reason where there is no percentage. */
export function batteryWords({ batteryPercent }: ParticipantStatus, reason: string): string {
  return batteryPercent === null ? reason : `${batteryPercent} %`;
}
