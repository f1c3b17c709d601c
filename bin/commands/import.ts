import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Client, WorkflowHandle } from "@temporalio/client";
import { z } from "zod";
import { hashArchive, listArchive } from "../../sources/fitabase/archive.ts";
import { KINDS } from "../../sources/fitabase/kinds.ts";
import { writeAudit } from "../../sql/audit.ts";
import { readKnown } from "../../sql/enrolment.ts";
import { countImported } from "../../sql/import-days.ts";
import { listStudies } from "../../sql/studies.ts";
import { TASK_QUEUE } from "../../worker/task-queue.ts";
import { importArchive, importProgress } from "../../workflows/import-archive.ts";
import { describeImport, describeTotals } from "./import-report.ts";
import type { Command, Installation } from "./installation.ts";

type Run = WorkflowHandle<typeof importArchive>;
type Wish = Readonly<{ study: string; folder: string; timeZone: string }>;

const LOOK_EVERY_MS = 1_000;
const QUERY_WITHIN_MS = 3_000;

/** import DIR: reads a folder of Fitabase files into a study, as a workflow that this command only follows. */
export const importCommand: Command = {
  usage: "import DIR --study S --time-zone ZONE (IANA, for wall times without one) [--why WHY]",
  async run(args, installation) {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        study: { type: "string" },
        "time-zone": { type: "string" },
        why: { type: "string" },
      },
    });
    const [folder] = positionals;
    const { study, "time-zone": timeZone } = values;
    if (
      folder === undefined ||
      positionals.length > 1 ||
      study === undefined ||
      timeZone === undefined
    ) {
      throw new Error(`what to import, and where to? npm run wearflow -- ${importCommand.usage}`);
    }
    const wish = { study, folder: resolve(folder), timeZone };
    await refuseUnknown(installation, wish);
    const content = await readFolder(wish.folder);
    const client = await reachTemporal(installation);
    await writeAudit(installation.db, {
      actor: installation.actor,
      action: "archive.import",
      entity: study,
      reason: values.why ?? "import of a Fitabase export",
      detail: { sha256: content },
    });
    await startAndFollow(installation, client, wish, content);
  },
};

async function refuseUnknown({ db }: Installation, { study, timeZone }: Wish): Promise<void> {
  const studies = (await listStudies(db)).map(({ slug }) => slug);
  if (!studies.includes(study)) {
    throw new Error(`There is no study ${study}; there is ${studies.join(", ") || "none yet"}`);
  }
  const known = await readKnown(db, { shortIds: [], timeZones: [timeZone] });
  if (!known.timeZones.has(timeZone)) {
    throw new Error(`There is no time zone ${timeZone}; an IANA name is needed: America/New_York`);
  }
}

/** The hash of what lies there; refuses a folder with nothing to read. */
async function readFolder(folder: string): Promise<string> {
  const files = await listArchive(folder).catch((cause: unknown) => {
    throw new Error(`The folder ${folder} cannot be read`, { cause });
  });
  if (files.length === 0) throw new Error(`There is no .csv or .csv.gz file in ${folder}`);
  if (files.every(({ kind }) => kind === null)) {
    const names = KINDS.map(({ name }) => name).join(", ");
    throw new Error(
      `None of the ${files.length} files in ${folder} is of a kind that is read: ${names}`,
    );
  }
  return hashArchive(files);
}

async function reachTemporal(installation: Installation): Promise<Client> {
  try {
    return await installation.temporal();
  } catch (cause) {
    throw new Error("Temporal does not answer; is npm start running?", { cause });
  }
}

/** The same folder into the same study in the same zone is one workflow: started twice, the second joins the first. */
async function startAndFollow(
  { db }: Installation,
  client: Client,
  wish: Wish,
  content: string,
): Promise<void> {
  const began = Date.now();
  const workflowId = `import/${wish.study}/${content.slice(0, 16)}/${wish.timeZone}`;
  const run = await client.workflow.start(importArchive, {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [wish],
    workflowIdConflictPolicy: "USE_EXISTING",
    workflowIdReusePolicy: "ALLOW_DUPLICATE",
    staticSummary: `Import a Fitabase export into ${wish.study}`,
  });
  console.log(
    `Importing as ${workflowId}. Ctrl-C stops the watching, not the import; the same command watches again.`,
  );
  const following = new AbortController();
  const shown = follow(client, run, following.signal);
  const result = await run
    .result()
    .catch(explain)
    .finally(() => following.abort());
  await shown;
  for (const line of describeImport(result, Date.now() - began)) console.log(line);
  console.log(describeTotals(wish.study, await countImported(db, wish.study, "fitabase")));
}

/** The innermost words of a workflow that failed. */
function explain(error: unknown): never {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  throw inner instanceof Error ? inner : error;
}

/** A line whenever the import has moved, until it ends. */
async function follow(client: Client, run: Run, ended: AbortSignal): Promise<void> {
  let before = "";
  while (!ended.aborted) {
    await wait(LOOK_EVERY_MS, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
    const now = await look(client, run).catch(() => "waiting for the worker to answer");
    if (now !== before && !ended.aborted) console.log(`  ${now}`);
    before = now;
  }
}

async function look(client: Client, run: Run): Promise<string> {
  const until = Date.now() + QUERY_WITHIN_MS;
  const { step, file, filesDone, files, linesDone, lines } = await client.withDeadline(until, () =>
    run.query(importProgress),
  );
  if (step !== "storing") return step;
  const line = linesDone + (await lineOfFile(run));
  return `${Math.floor((100 * line) / Math.max(1, lines))} %, ${filesDone} of ${files} files, now ${file}`;
}

const Beat = z.object({ line: z.number() });

/** How far the file at hand is, from its activity's last heartbeat. */
async function lineOfFile(run: Run): Promise<number> {
  const { raw } = await run.describe();
  const data = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
  if (!data) return 0;
  const beat = Beat.safeParse(JSON.parse(Buffer.from(data).toString()));
  return beat.success ? beat.data.line : 0;
}
