import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ours } from "../../api/set-up-for-tests.ts";
import { runTexts } from "../../testing/history-texts.ts";
import { contactWorkflowId } from "../../worker/start-contact.ts";
import type { Bench } from "./bench.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";
import type { Installation } from "./installation.ts";
import { until } from "./runs.ts";

/** T26: somebody who was written to withdraws and wants everything erased. */
export const everythingErased: FaultTest<Bench> = {
  id: "T26",
  promise:
    "who withdraws and is erased: name and address stand in no table, file, history or log, nor does a measurement, and the provider has the grant back",
  async run({ installation, people }) {
    const who = people.at(-1) ?? "";
    const mark = randomBytes(6).toString("hex");
    const [name, email] = [`Kari Nordmann-${mark}`, `kari.${mark}@home.example`];
    await saveCard(installation, who, {
      name,
      email,
      language: "en",
      consent: "yes",
    });
    const before = await rowsOf(installation, who);
    const study = before.study;
    await sendOne(installation, { who, study });
    await writeOne(installation, who);
    await post(installation, `/participants/${who}/participation/withdraw`, {
      sure: who,
      data: "erase",
    });
    const result: unknown = await installation.client.workflow
      .getHandle(`withdraw/${study}/${who}`)
      .result();
    const after = await rowsOf(installation, who);
    const given = typeof result === "object" && result !== null && "grantGivenBack" in result;
    const tables = await hitsInTables(installation, mark);
    const files = await hitsInFiles(installation.folder, mark);
    const histories = await hitsInHistories(installation, mark);
    const logs = installation.allWords().includes(mark) ? 1 : 0;
    const hits = tables + files + histories.hits + logs;
    return {
      passed:
        hits === 0 && before.rows > 1000 && after.rows === 0 && given && histories.looked > 20,
      figure: figureOf({
        rows_before: before.rows,
        rows_after: after.rows,
        histories_read: histories.looked,
        hits_in_tables: tables,
        hits_in_files: files,
        hits_in_histories: histories.hits,
        hits_in_logs: logs,
        outcome: JSON.stringify(result).replaceAll('"', ""),
      }),
    };
  },
};

/** Saves a contact card as somebody who has just opened it. */
export async function saveCard(
  installation: Installation,
  who: string,
  card: Readonly<Record<string, string>>,
): Promise<void> {
  const path = `/participants/${who}/contact`;
  const opened = await (
    await fetch(installation.page + path, { headers: { ...ours, Accept: "text/html" } })
  ).text();
  const version = /name="version" value="([^"]*)"/.exec(opened)?.[1] ?? "";
  await post(installation, path, { ...card, version });
}

export async function post(
  { page }: Installation,
  path: string,
  values: Readonly<Record<string, string>>,
): Promise<string> {
  const body = new URLSearchParams({ why: "to test", ...values });
  const reply = await fetch(page + path, {
    method: "POST",
    headers: ours,
    body,
    redirect: "manual",
  });
  await reply.text();
  if (reply.status !== 303) throw new Error(`${path} answered ${reply.status}`);
  return reply.headers.get("Location") ?? "";
}

const writeOne = (installation: Installation, who: string) =>
  post(installation, `/participants/${who}/write`, { template: "thanks", paragraph: "" });

/** Writes and sends a message, and waits until it has gone into the outbox. */
export async function sendOne(
  installation: Installation,
  { who, study }: Readonly<{ who: string; study: string }>,
): Promise<void> {
  const { owner, client } = installation;
  const path = await writeOne(installation, who);
  const id = path.split("/").at(-1) ?? "";
  await owner.query(
    `update study.setting set settings = settings || '{"quietHours": {"from": "00:00", "to": "00:00"}}'`,
  );
  await post(installation, `${path}/send`, {});
  await owner.query("update study.message set undo_until = now() where id = $1::uuid", [id]);
  const handle = client.workflow.getHandle(contactWorkflowId({ id, participant: who, study }));
  await until("the message is in the outbox", async () => {
    // Wakes the run, which would look again in two minutes.
    await handle.signal("takenBack").catch(() => undefined);
    const { rows } = await owner.query<{ status: string }>(
      "select status from study.message where id = $1::uuid",
      [id],
    );
    return rows[0]?.status === "accepted";
  });
}

/** How many rows hold something measured of, or written to, somebody. */
async function rowsOf({ owner }: Installation, who: string) {
  const { rows } = await owner.query<{ study: string; rows: number }>(
    `select s.slug as study,
       (select count(*) from study.sample x where x.participant_id = p.id)
       + (select count(*) from study.sample_hour x where x.participant_id = p.id)
       + (select count(*) from study.ledger x where x.participant_id = p.id)
       + (select count(*) from study.fetch x where x.participant_id = p.id)
       + (select count(*) from study.message x where x.participant_id = p.id)
       + (select count(*) from study.connection x where x.participant_id = p.id)
       + (select count(*) from pii.contact x where x.participant_id = p.id) as rows
     from study.participant p join study.study s on s.id = p.study_id where p.short_id = $1::text`,
    [who],
  );
  return { study: rows[0]?.study ?? "", rows: Number(rows[0]?.rows ?? -1) };
}

/** What a dump of the database would hold. */
async function hitsInTables({ owner }: Installation, mark: string): Promise<number> {
  const { rows } = await owner.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname in ('study', 'pii', 'audit') and c.relname <> 'sample'`,
  );
  let hits = 0;
  for (const { name } of rows) {
    const found = await owner.query<{ n: number }>(
      `select count(*)::int as n from ${name} t where t::text like '%' || $1::text || '%'
         or encode(convert_to(t::text, 'UTF8'), 'escape') like '%' || encode(convert_to($1::text, 'UTF8'), 'hex') || '%'`,
      [mark],
    );
    hits += found.rows[0]?.n ?? 0;
  }
  return hits;
}

/** The files of the database and of Temporal, as a thief would read them. */
async function hitsInFiles(folder: string, mark: string): Promise<number> {
  let hits = 0;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => null);
    if (bytes?.includes(mark)) hits += 1;
  }
  return hits;
}

/** Every run Temporal knows, with the payloads it keeps in base64. */
async function hitsInHistories({ client }: Installation, mark: string) {
  let looked = 0;
  let hits = 0;
  for await (const text of runTexts(client)) {
    looked += 1;
    if (text.includes(mark)) hits += 1;
  }
  return { looked, hits };
}
