import { Client, Connection, ScheduleOverlapPolicy } from "@temporalio/client";
import type { LogEntry } from "@temporalio/worker";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { createGrants } from "../activities/grants.ts";
import { createImputationPool } from "../activities/imputation-pool.ts";
import {
  createActivities,
  createFetchActivities,
  createMessageActivities,
  createNoticeActivities,
  createWithdrawalActivities,
} from "../activities/index.ts";
import type { Config } from "../config.ts";
import { publicUrlOf, readConfig } from "../config.ts";
import { createGoogle } from "../consent/google.ts";
import { announceReady, endWith, oneLine } from "../embedded/lifetime.ts";
import { createLog } from "../log.ts";
import { createMailer } from "../mail/mailer-config.ts";
import { createContactCipher } from "../sql/contact-cipher.ts";
import { listParticipants } from "../sql/participants.ts";
import { createPool } from "../sql/pool.ts";
import { listStudies } from "../sql/studies.ts";
import { createTokenCipher } from "../sql/token-cipher.ts";
import { createOrUpdate } from "./create-or-update.ts";
import { fetchIfScheduled } from "./fetch-later.ts";
import { fetchWorker } from "./fetch-worker.ts";
import { refuseLiveOnEmbedded } from "./guard.ts";
import { digestSchedule, messageRulesSchedule } from "./message-rules-schedule.ts";
import { alignSchedules, maintenanceSchedules } from "./schedules.ts";
import { startCampaign } from "./start-campaign.ts";
import { startContact } from "./start-contact.ts";
import { TASK_QUEUE } from "./task-queue.ts";
import { endRuns, startWithdrawal } from "./withdrawals.ts";
import { workflowBundle } from "./workflow-bundle.ts";

const config = readConfig();
const log = createLog("worker", config.LOG_LEVEL);
refuseLiveOnEmbedded(config);
Runtime.install({ logger: new DefaultLogger("WARN", toLog), shutdownSignals: [] });

const databaseUrl = required(config, "DATABASE_URL");
const address = required(config, "TEMPORAL_ADDRESS");
const namespace = config.TEMPORAL_NAMESPACE;
const clock = () => new Date();

// Shorter than an activity's own two minutes: a statement nobody waits for any more must not go on beside its retry.
const statementTimeoutMs = config.EMBEDDED === "1" ? undefined : 100_000;
const db = createPool(databaseUrl, "wearflow-worker", 8, { statementTimeoutMs });
const owner = createPool(config.DATABASE_OWNER_URL ?? databaseUrl, "wearflow-maintain", 1);
const client = new Client({ connection: await Connection.connect({ address }), namespace });
const connection = await NativeConnection.connect({ address });

const { source, authorizer } = createGoogle(
  {
    ...config,
    GOOGLE_CLIENT_ID: required(config, "GOOGLE_CLIENT_ID"),
    GOOGLE_CLIENT_SECRET: required(config, "GOOGLE_CLIENT_SECRET"),
  },
  clock,
);
const cipher = createTokenCipher(required(config, "TOKEN_KEY"), config.TOKEN_KEY_BEFORE);
const grants = createGrants({ db, source: source.name, authorizer, cipher, clock });

const imputation = createImputationPool();

const aligned = new Map<string, string>();
const alignAll = async () => {
  const settings = new Map((await listStudies(db)).map((study) => [study.slug, study.settings]));
  const participants = await listParticipants(db);
  const wishes = participants.flatMap((participant) => {
    const found = settings.get(participant.study);
    return found ? [{ participant, settings: found }] : [];
  });
  return alignSchedules(client, wishes, aligned, clock());
};

const workers = [
  await Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: await workflowBundle(),
    activities: {
      ...createActivities({
        db,
        sourceName: source.name,
        imputation,
        clock,
        log,
        owner,
        alignSchedules: alignAll,
        compressAfterDays: config.COMPRESS_AFTER_DAYS,
        retentionDays: config.RETENTION_DAYS ?? null,
      }),
      ...createMessageActivities({
        db,
        clock,
        cipher: createContactCipher(required(config, "TOKEN_KEY"), config.TOKEN_KEY_BEFORE),
        mailer: createMailer(config),
        publicUrl: publicUrlOf(config),
        perMinute: config.MAIL_PER_MINUTE,
        perDomain: config.MAIL_PER_DOMAIN,
        sourceName: source.name,
        startContact: (message) => startContact(client, message),
        startCampaign: (campaign) => startCampaign(client, campaign),
        log,
      }),
      ...createNoticeActivities({
        db,
        sourceName: source.name,
        clock,
        fetchNow: (person) => fetchIfScheduled(client, db, person, clock()),
        log,
      }),
      ...createWithdrawalActivities({
        db,
        owner,
        sourceName: source.name,
        authorizer,
        cipher,
        endRuns: (person) => endRuns(client, person),
        startWithdrawal: (person) => startWithdrawal(client, person),
        log,
      }),
    },
  }),
  await Worker.create({
    connection,
    namespace,
    ...fetchWorker,
    activities: createFetchActivities({ db, source, grants, clock, log }),
    // Each waits for the provider's pace most of its time, four requests a second. The embedded database is one
    // session: more at once than it can store would only make pages wait longer.
    maxConcurrentActivityTaskExecutions: config.EMBEDDED === "1" ? 12 : 16,
  }),
];

const running = Promise.all(workers.map((worker) => worker.run()));
endWith(
  async () => {
    for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
    await running;
    await connection.close();
    await client.connection.close();
    await Promise.all([db.end(), owner.end(), imputation.close()]);
  },
  (error) => log.error({ message: oneLine(error) }, "the worker did not stop in good order"),
);
for (const schedule of [...maintenanceSchedules(), messageRulesSchedule(), digestSchedule()])
  await createOrUpdate(client, schedule);
// Aligning a thousand schedules takes a while; it is a run like any other, where ops see it.
await client.schedule.getHandle("maintain").trigger(ScheduleOverlapPolicy.BUFFER_ONE);
log.info("ready; maintain aligns the schedules with the participants");
announceReady({});
// A worker that ends by itself has lost its server for good: let whoever watches start another.
await running;

/** Temporal's own words among ours. That the fetch worker runs no workflows is meant to be so. */
function toLog({ level, message }: LogEntry): void {
  if (message.startsWith("No workflows registered")) return;
  log[level === "ERROR" ? "error" : "warn"](message);
}

/** A variable this process cannot do without; npm start sets them all. */
function required<Name extends keyof Config>(from: Config, name: Name): NonNullable<Config[Name]> {
  const value = from[name];
  if (value === undefined || value === null) {
    throw new Error(
      `The worker needs ${name}; npm start sets it, .env.example says how to set it yourself`,
    );
  }
  return value;
}
