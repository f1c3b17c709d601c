import type { ContactDeps } from "./contact.ts";
import { createContactActivities } from "./contact.ts";
import type { DigestDeps } from "./digest.ts";
import { createDigestActivities } from "./digest.ts";
import type { NoticeDeps } from "./fetch-noticed.ts";
import { createFetchNoticedActivities } from "./fetch-noticed.ts";
import type { ImportDeps } from "./import.ts";
import { createImportActivities } from "./import.ts";
import type { ImputeDeps } from "./impute.ts";
import { createImputeActivities } from "./impute.ts";
import { createIngestActivities } from "./ingest.ts";
import type { MaintainDeps } from "./maintain.ts";
import { createMaintainActivities } from "./maintain.ts";
import type { IngestDeps } from "./read-windows.ts";
import type { ReconsentDeps } from "./reconsent.ts";
import { createReconsentActivities } from "./reconsent.ts";
import type { SettleDeps } from "./settle.ts";
import { createSettleActivities } from "./settle.ts";
import type { WithdrawDeps } from "./withdraw.ts";
import { createWithdrawActivities } from "./withdraw.ts";

/** Everything that talks to the provider: its own task queue. */
export function createFetchActivities(deps: IngestDeps) {
  return createIngestActivities(deps);
}

/** Everything else. */
export function createActivities(deps: SettleDeps & MaintainDeps & ImportDeps & ImputeDeps) {
  return {
    ...createSettleActivities(deps),
    ...createMaintainActivities(deps),
    ...createImportActivities(deps),
    ...createImputeActivities(deps),
  };
}

/** Messages to participants, campaigns of them, and the digest to staff. */
export function createMessageActivities(deps: ContactDeps & DigestDeps & ReconsentDeps) {
  return {
    ...createContactActivities(deps),
    ...createReconsentActivities(deps),
    ...createDigestActivities(deps),
  };
}

/** Readings that follow a source's notifications. */
export function createNoticeActivities(deps: NoticeDeps) {
  return createFetchNoticedActivities(deps);
}

/** What is left to do for who has withdrawn. */
export function createWithdrawalActivities(deps: WithdrawDeps) {
  return createWithdrawActivities(deps);
}

export type Activities = ReturnType<typeof createFetchActivities> &
  ReturnType<typeof createActivities> &
  ReturnType<typeof createMessageActivities> &
  ReturnType<typeof createNoticeActivities> &
  ReturnType<typeof createWithdrawalActivities>;
