import { z } from "zod";
import type { Simulator, SimulatorOptions } from "./create-simulator.ts";
import { createSimulator } from "./create-simulator.ts";
import { demoClient } from "./product-variables.ts";

/** A Wednesday at noon; the tests' present unless they say otherwise. */
export const noon = new Date("2026-11-25T12:00:00Z");

const Body = z.looseObject({
  dataPoints: z.array(z.looseObject({})).optional(),
  rollupDataPoints: z.array(z.looseObject({})).optional(),
  nextPageToken: z.string().optional(),
});
type Body = z.infer<typeof Body>;
type Query = Readonly<Record<string, string>>;

/** A simulator at noon whose quota gets in nobody's way. */
export function simulate(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  return createSimulator({ seed: 7, clock: () => noon, requestsPerMinute: 1e6, ...options });
}

/** The participant of a persona, in roster order. */
export function personaOf({ roster, truth }: Simulator, name: string): string {
  const found = roster.find(({ participant }) => truth(participant, noon, noon).persona === name);
  if (found === undefined) throw new Error(`No persona ${name}.`);
  return found.participant;
}

/** POST with a form body and the demo client's credentials. */
export async function postForm(
  { app }: Simulator,
  path: string,
  fields: Query,
): Promise<Readonly<{ status: number; body: unknown }>> {
  const body = new URLSearchParams({
    client_id: demoClient.id,
    client_secret: demoClient.secret,
    ...fields,
  });
  const response = await app.request(path, { method: "POST", body });
  return { status: response.status, body: await response.json() };
}

const Grant = z.object({ access_token: z.string(), refresh_token: z.string() });

/** Tokens for the roster's code of a participant (default: the first). */
export async function grantOf(
  simulator: Simulator,
  participant = simulator.roster[0]?.participant,
): Promise<z.infer<typeof Grant>> {
  const entry = simulator.roster.find((one) => one.participant === participant);
  const fields = { grant_type: "authorization_code", code: entry?.code ?? "" };
  return Grant.parse((await postForm(simulator, "/token", fields)).body);
}

/** A caller of the API on behalf of one participant. */
export type TestClient = Readonly<{
  get: (path: string) => Promise<Response>;
  post: (path: string, body: unknown) => Promise<Response>;
  /** The first page of a listing. */
  page: (query: Query) => Promise<Body>;
  /** Every page of a listing. */
  list: (query?: Query, action?: "" | ":reconcile") => Promise<readonly Body[]>;
  /** Every page of a rollUp. */
  rollUp: (body: object) => Promise<readonly Body[]>;
}>;

/** Speaks for a participant (the first one) of one data type. */
export async function clientOf(
  simulator: Simulator,
  participant?: string,
  type = "heart-rate",
): Promise<TestClient> {
  const points = `/v4/users/me/dataTypes/${type}/dataPoints`;
  const { access_token } = await grantOf(simulator, participant);
  const headers = { authorization: `Bearer ${access_token}`, "content-type": "application/json" };
  const get = async (path: string): Promise<Response> => simulator.app.request(path, { headers });
  const post = async (path: string, body: unknown): Promise<Response> =>
    simulator.app.request(path, { method: "POST", headers, body: JSON.stringify(body) });
  return {
    get,
    post,
    page: async (query) =>
      Body.parse(await (await get(`${points}?${new URLSearchParams(query)}`)).json()),
    list: (query = {}, action = "") =>
      allPages((token) => get(`${points}${action}?${new URLSearchParams({ ...query, ...token })}`)),
    rollUp: (body) => allPages((token) => post(`${points}:rollUp`, { ...body, ...token })),
  };
}

async function allPages(
  fetchPage: (token: Readonly<{ pageToken?: string }>) => Promise<Response>,
): Promise<Body[]> {
  const pages: Body[] = [];
  let pageToken: string | undefined;
  do {
    const response = await fetchPage(pageToken === undefined ? {} : { pageToken });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    const page = Body.parse(JSON.parse(text));
    pages.push(page);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return pages;
}

const ListPoint = z.object({
  heartRate: z.object({
    beatsPerMinute: z.string(),
    sampleTime: z.looseObject({ physicalTime: z.string(), utcOffset: z.string().optional() }),
  }),
});

/** The samples of listed pages: instant, value and offset. */
export function samplesOf(
  pages: readonly Body[],
): { at: number; bpm: number; offset: string | undefined }[] {
  return pages
    .flatMap(({ dataPoints = [] }) => dataPoints)
    .map((point) => {
      const { beatsPerMinute, sampleTime } = ListPoint.parse(point).heartRate;
      const { physicalTime, utcOffset } = sampleTime;
      return { at: Date.parse(physicalTime), bpm: Number(beatsPerMinute), offset: utcOffset };
    });
}

const RollUpPoint = z.object({
  startTime: z.string(),
  endTime: z.string(),
  heartRate: z.object({
    beatsPerMinuteAvg: z.number(),
    beatsPerMinuteMin: z.number(),
    beatsPerMinuteMax: z.number(),
  }),
});

/** The windows of rolled-up pages. */
export function windowsOf(
  pages: readonly Body[],
): { start: number; end: number; mean: number; min: number; max: number }[] {
  return pages
    .flatMap(({ rollupDataPoints = [] }) => rollupDataPoints)
    .map((point) => {
      const { startTime, endTime, heartRate } = RollUpPoint.parse(point);
      return {
        start: Date.parse(startTime),
        end: Date.parse(endTime),
        mean: heartRate.beatsPerMinuteAvg,
        min: heartRate.beatsPerMinuteMin,
        max: heartRate.beatsPerMinuteMax,
      };
    });
}
