import type { SecureHeadersVariables } from "hono/secure-headers";
import type { Oidc } from "../auth/oidc.ts";
import type { StaffGroup } from "../auth/staff-groups.ts";
import type { VisitorEnv } from "../auth/visitor.ts";
import type { Log } from "../log.ts";
import type { CampaignKey } from "../sql/consent-campaigns.ts";
import type { ContactCipher } from "../sql/contact-cipher.ts";
import type { Queryable } from "../sql/pool.ts";
import type { ConsentPages } from "./consent.ts";
import type { DemoGate } from "./demo-gate.ts";
import type { LateEnv } from "./security.ts";
import type { Webhooks } from "./webhooks.ts";

/** What the pages need to show contact data and to send messages. */
export type ContactPages = Readonly<{
  cipher: ContactCipher;
  /** Starts a message's workflow; rejects while Temporal is away, and the message waits. */
  start: (message: Readonly<{ id: string; participant: string; study: string }>) => Promise<void>;
  /** Tells a message's workflow at once that it was taken back. */
  takenBack: (
    message: Readonly<{ id: string; participant: string; study: string }>,
  ) => Promise<void>;
  /** Starts a campaign's workflow; rejects while Temporal is away, and the worker starts it later. */
  startCampaign: (campaign: CampaignKey) => Promise<void>;
  /** Tells a campaign's workflow at once that it was stopped. */
  campaignStopped: (campaign: CampaignKey) => Promise<void>;
  /** By which way messages leave; the outbox keeps them. */
  mailer: "sendgrid" | "smtp" | "outbox";
  /** SendGrid's public key for its reports; null where none are taken. */
  eventKey: string | null;
}>;

/** All the pages depend on. */
export type AppDeps = Readonly<{
  db: Queryable;
  clock: () => Date;
  /** Where a browser reaches the Temporal UI; null leaves its links out. */
  temporalUiUrl: string | null;
  temporalNamespace: string;
  /** Where a browser reaches Grafana; left out, its links are too. */
  grafanaUrl?: string | undefined;
  /** The database is the embedded one, which is for trying out; every page says so. */
  embedded: boolean;
  /** Whether visitors are the demo coordinator: only the simulator is connected, on loopback and embedded. */
  demo: boolean | DemoGate;
  /** The address people open the pages at; decides how the cookie is kept. */
  publicUrl?: string;
  /** Sign-in at an identity provider: what the button calls it, and which groups are whom. */
  oidc?: Readonly<{ name: string; provider: Oidc; groups: readonly StaffGroup[] }>;
  /** Has somebody's data fetched now; without it the pages do not offer that. Rejects while Temporal is away. */
  fetchNow?: (participant: Readonly<{ shortId: string; study: string }>) => Promise<void>;
  /** Has somebody's data fetched once 15 minutes have passed since a notification last had it fetched; durable. */
  fetchLater?: (participant: Readonly<{ shortId: string; study: string }>) => Promise<void>;
  /** Fills gaps from a local day on, and draws those of a day; without it the API does not offer that. */
  imputation?: Readonly<{
    start: (
      person: Readonly<{ participant: string; study: string }>,
      since: string,
    ) => Promise<void>;
    /** Paths of bpm by minute. Refuses (Refusal) where a day has no draws. */
    draws: (
      asked: Readonly<{ participant: string; day: string; count: number }>,
    ) => Promise<
      readonly Readonly<{ startsAt: Date; seed: string; paths: readonly Float64Array[] }>[]
    >;
  }>;
  /** Starts what is left to do for who has withdrawn; rejects while Temporal is away, and the worker starts it later. */
  withdraw?: (person: Readonly<{ participant: string; study: string }>) => Promise<void>;
  /** What writing to participants takes; without it there are no such pages. */
  contact?: ContactPages;
  /** What asking participants for their data takes; without it there are no such pages. */
  consent?: ConsentPages;
  /** What taking a source's notifications takes; without it there is no such address. */
  webhooks?: Webhooks;
  log: Pick<Log, "info" | "warn" | "error">;
  /** How often an open status page looks for changes. */
  pollMs?: number;
  /** How long a request may take as a whole, and one that brings a file. */
  pageWithinMs?: number;
  fileWithinMs?: number;
  /** Aborted when the process stops; ends the open event streams. */
  stopping?: AbortSignal;
}>;

export type AppEnv = {
  Variables: VisitorEnv["Variables"] &
    LateEnv["Variables"] &
    SecureHeadersVariables & { requestId: string; preview?: boolean };
};
