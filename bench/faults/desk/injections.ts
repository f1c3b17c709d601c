import { pagesOf } from "../../../api/set-up-for-tests.ts";
import { signInAs } from "../../../testing/staff.ts";
import type { FaultTest } from "../finding.ts";
import { figureOf } from "../finding.ts";
import type { Desk } from "./desk.ts";
import { WHO } from "./desk.ts";
import { INJECTIONS } from "./payloads.ts";

const html = { Accept: "text/html" };

/** T18: SQL where an id, a filter, an order or a word should be. */
export const sqlInjected: FaultTest<Desk> = {
  id: "T18",
  promise:
    "SQL in ids, filters, orders, pages, days and forms: never an error of ours, nobody else's row, no schema changed",
  async run(desk) {
    const { db } = desk.world.deps;
    const bound = pagesOf(desk.world.database, new Date(), false);
    const oslo = { study: "sleep-2", name: "Oslo" };
    const cookie = await signInAs(db, "bound", "coordinator", oslo);
    const before = await fingerprint(desk);
    const found = { requests: 0, errors: 0, leaked: 0 };
    for (const payload of INJECTIONS) {
      for (const path of addressesOf(payload)) {
        const reply = await bound.request(path, { headers: { ...html, Cookie: cookie } });
        await judge(reply, found);
      }
      for (const reply of await post(desk, payload)) await judge(reply, found);
    }
    const changed = (await fingerprint(desk)) === before ? 0 : 1;
    return {
      passed: found.errors + found.leaked + changed === 0,
      figure: figureOf({
        payloads: INJECTIONS.length,
        requests: found.requests,
        status_5xx: found.errors,
        rows_leaked: found.leaked,
        schema_changed: changed,
      }),
    };
  },
};

/** S2-0405 is at Leeds, and nobody of Oslo's may see it. */
async function judge(reply: Response, found: { requests: number; errors: number; leaked: number }) {
  const text = await reply.text();
  found.requests += 1;
  if (reply.status >= 500) found.errors += 1;
  if (text.includes('id="p-S2-0405"') || /syntax error|pg_catalog/.test(text)) found.leaked += 1;
}

function addressesOf(payload: string): string[] {
  const word = encodeURIComponent(payload);
  const queries = ["q", "show", "sort", "page"].map((name) => `/?${name}=${word}`);
  return [
    ...queries,
    `/participants?state=${word}`,
    `/participants/${word}`,
    `/participants/S2-0401?before=${word}`,
    `/participants/S2-0401/days/${word}`,
    `/participants/${word}/participation/withdraw`,
    `/set-up/participants?study=${word}`,
    `/set-up/participants/${word}`,
  ];
}

async function post(desk: Desk, payload: string): Promise<Response[]> {
  const why = payload.slice(0, 100);
  return [
    await desk.post(`/participants/${WHO}/write`, { template: payload, paragraph: payload }),
    await desk.post(`/participants/${WHO}/contact`, {
      name: payload,
      email: payload,
      language: payload,
      why,
    }),
    await desk.post(`/participants/${WHO}/participation/withdraw`, {
      sure: payload,
      data: payload,
      why,
    }),
    await desk.post("/set-up/participants", {
      study: payload,
      id: payload,
      time_zone: payload,
      why,
    }),
    await desk.post("/bulk", { id: payload }),
    await desk.get(`/bulk?id=${encodeURIComponent(payload)}`),
    await desk.get(`/messages/${encodeURIComponent(payload)}`),
    await desk.get(
      `/unsubscribe?m=${encodeURIComponent(payload)}&s=${encodeURIComponent(payload)}`,
    ),
  ];
}

/** Every column and function, and how many participants and staff there are. */
async function fingerprint({ world }: Desk): Promise<string> {
  const { rows } = await world.database.owner.query<{ print: string }>(
    `select md5(string_agg(t, ',' order by t)) || (select count(*) from study.participant)
       || (select count(*) from pii.staff) as print
     from (
       select table_schema || table_name || column_name || data_type as t from information_schema.columns
       where table_schema in ('study', 'pii', 'audit', 'reporting')
       union all select routine_schema || routine_name from information_schema.routines
       where routine_schema in ('study', 'pii', 'audit', 'reporting')
     ) everything`,
  );
  return rows[0]?.print ?? "";
}
