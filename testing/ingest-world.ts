import { randomBytes } from "node:crypto";
import { createGrants } from "../activities/grants.ts";
import type { IngestDeps } from "../activities/read-windows.ts";
import { connectParticipant } from "../consent/connect.ts";
import type { ConsentDeps } from "../consent/flow.ts";
import type { FaultSwitch } from "../simulator/faults/switchboard.ts";
import { demoClient } from "../simulator/product-variables.ts";
import { createGoogleHealth } from "../sources/google-health/google-health.ts";
import type { GoogleAuthorizer } from "../sources/google-health/oauth.ts";
import { createGoogleAuthorizer } from "../sources/google-health/oauth.ts";
import { only } from "../sql/pool.ts";
import { ensureStudy } from "../sql/studies.ts";
import { createTokenCipher } from "../sql/token-cipher.ts";
import type { TestDatabase } from "./database.ts";
import { testDatabase } from "./database.ts";
import { enrol } from "./people.ts";
import type { TestSimulator } from "./simulator.ts";
import { testSimulator } from "./simulator.ts";

/** A database and a simulator with the dependencies of the activities between them. */
export type IngestWorld = Readonly<{
  database: TestDatabase;
  upstream: TestSimulator;
  deps: IngestDeps;
  /** For whoever consents once more. */
  consenting: Omit<ConsentDeps, "signer" | "redirectUri" | "log"> &
    Readonly<{ authorizer: GoogleAuthorizer }>;
  /** Sets the world's clock; the simulator and the product read the same one. */
  setNow(instant: string): void;
  /** Enrols and connects the simulator's n-th participant, on a day of one's own if need be, and returns its short id. */
  connectPerson(index: number, enrolledOn?: string): Promise<string>;
  /** How the participant's connection stands, and why. */
  connectionOf(
    participant: string,
  ): Promise<Readonly<{ status: string; status_reason: string }> | undefined>;
  /** Minutes a perfect reader has now, from the first local day on: epoch milliseconds → mean bpm. */
  truth(participant: string): Promise<Map<number, number>>;
  stored(participant: string): Promise<Map<number, number>>;
  /** Steps a perfect reader has now, and those that are stored: epoch milliseconds → steps of that minute. */
  trueSteps(participant: string): Steps;
  storedSteps(participant: string): Promise<Steps>;
  fault(...faults: FaultSwitch[]): void;
  /** What was logged as unexpected. */
  logged: Record<string, unknown>[];
  stop(): Promise<void>;
}>;

/** By the watch alone, and by all sources together. */
type Steps = Readonly<Record<"wearable" | "all", Map<number, number>>>;

/** The day the simulated stories begin, and the world's first moment. */
const EPOCH = "2026-10-26";
const FIRST_NOW = "2026-11-24T12:00:20Z";

/** Who lives in the world, and when; by default 24 people whose stories began a month before the first moment. */
export type WorldOptions = Readonly<{
  seed?: number;
  epoch?: string;
  firstNow?: string;
  participants?: number;
  stories?: readonly string[];
  /** As SimulatorOptions has it. */
  singleUseRefreshTokens?: boolean;
  /** 64 hex digits, where another process must open what this one seals. */
  tokenKey?: string;
}>;

export async function ingestWorld(options: WorldOptions = {}): Promise<IngestWorld> {
  const {
    seed = 7,
    epoch = EPOCH,
    firstNow = FIRST_NOW,
    participants = 24,
    stories = [],
  } = options;
  const { singleUseRefreshTokens = false, tokenKey = randomBytes(32).toString("hex") } = options;
  let now = new Date(firstNow);
  const clock = () => now;
  const [database, upstream] = await Promise.all([
    testDatabase(),
    testSimulator({
      ...{ seed, epoch, clock, participants, stories, singleUseRefreshTokens },
      requestsPerMinute: 100_000,
    }),
  ]);
  const { simulator, url } = upstream;
  const source = createGoogleHealth({ baseUrl: url, clock, minimumGapMs: 0, timeoutMs: 5_000 });
  const authorizer = createGoogleAuthorizer({
    clientId: demoClient.id,
    clientSecret: demoClient.secret,
    tokenUrl: `${url}/token`,
    authorizeUrl: `${url}/o/oauth2/v2/auth`,
    revokeUrl: `${url}/revoke`,
    clock,
  });
  const cipher = createTokenCipher(tokenKey);
  const db = database.app;
  // Filling gaps is asked for by the tests that are about it: here it would only cost time.
  await ensureStudy(db, {
    slug: "test",
    name: "Test study",
    settings: { ingestIntervalMinutes: null, imputation: { enabled: false } },
    by: "a test",
    why: "to test",
  });
  const logged: Record<string, unknown>[] = [];
  const log = { error: (fields: object) => void logged.push({ ...fields }) };
  const grants = createGrants({ db, source: source.name, authorizer, cipher, clock });
  return {
    database,
    upstream,
    deps: { db, source, grants, clock, log },
    consenting: { db, source, authorizer, cipher, clock },
    logged,
    setNow(instant) {
      now = new Date(instant);
    },
    async connectPerson(index, day) {
      const entry = simulator.roster[index];
      if (!entry) throw new Error(`The simulator has no participant ${index}`);
      const { participant, code, timeZone } = entry;
      const enrolledOn = day ?? entry.enrolledOn;
      const id = await enrol(db, participant, { timeZone, enrolledOn });
      const consent = { code, redirectUri: "http://127.0.0.1/consent/callback" };
      await connectParticipant({ db, source, authorizer, cipher }, id, consent);
      return participant;
    },
    async connectionOf(participant) {
      const { rows } = await db.query<{ status: string; status_reason: string }>(
        `select c.status, c.status_reason from study.connection c
         join study.participant p on p.id = c.participant_id where p.short_id = $1::text`,
        [participant],
      );
      return rows[0];
    },
    async truth(participant) {
      const from = await firstInstant(database, participant);
      const { minutes } = simulator.truth(participant, from, now);
      return new Map(minutes.map(({ start, mean }) => [Date.parse(start), mean]));
    },
    stored: (participant) => storedMinutes(database, participant, HEART_RATE),
    trueSteps(participant) {
      const { steps } = simulator.truth(participant, new Date(epoch), now);
      const byMinute = (minutes: typeof steps.all) =>
        new Map(minutes.map(({ start, count }) => [Date.parse(start), count]));
      return { wearable: byMinute(steps.wearable), all: byMinute(steps.all) };
    },
    async storedSteps(participant) {
      return {
        wearable: await storedMinutes(database, participant, STEPS_OF_WEARABLES),
        all: await storedMinutes(database, participant, STEPS_OF_ALL),
      };
    },
    fault: (...faults) => simulator.faults.set(...faults),
    async stop() {
      await Promise.all([database.stop(), upstream.stop()]);
    },
  };
}

async function firstInstant({ app }: TestDatabase, participant: string): Promise<Date> {
  const { rows } = await app.query<{ starts_at: Date }>(
    `select d.starts_at from study.participant p
     cross join lateral study.local_days(p.id, p.enrolled_on, p.enrolled_on) d
     where p.short_id = $1::text`,
    [participant],
  );
  return only(rows, `participant ${participant}`).starts_at;
}

/** A series by its id and the scale of its metric. */
type Stored = Readonly<{ id: number; scale: number }>;
const HEART_RATE: Stored = { id: 1, scale: 10 };
const STEPS_OF_ALL: Stored = { id: 1001, scale: 1 };
const STEPS_OF_WEARABLES: Stored = { id: 1002, scale: 1 };

async function storedMinutes(
  { app }: TestDatabase,
  participant: string,
  { id, scale }: Stored,
): Promise<Map<number, number>> {
  const { rows } = await app.query<{ ms: number; value: number }>(
    `select (extract(epoch from s.time) * 1000)::bigint as ms, s.value
     from study.sample s join study.participant p on p.id = s.participant_id
     where p.short_id = $1::text and s.series_id = $2::smallint order by s.time`,
    [participant, id],
  );
  return new Map(rows.map(({ ms, value }) => [ms, value / scale]));
}
