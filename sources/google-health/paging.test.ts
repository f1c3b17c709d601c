import assert from "node:assert/strict";
import { test } from "node:test";
import { seeded } from "../../testing/pages.ts";
import { UnexpectedReply } from "../errors.ts";
import type { Page, SamplePage } from "../source.ts";
import {
  minutePoint,
  minuteRule,
  morning,
  readAll,
  reply,
  sampleRule,
  samplesOf,
  sourceAt,
  startServer,
  TOKEN,
} from "./test-server.ts";

const server = await startServer();
const source = sourceAt(server);
const start = morning.from.getTime();
const minutes = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => minutePoint(start + (from + index) * 60_000, 60));

/** Answers the pages in order; each but the last names its successor as the token. */
function answerPages(pages: readonly (readonly object[])[]): void {
  server.answerWith(({ body }, response) => {
    const { pageToken = "0" } = JSON.parse(body);
    const page = pages[Number(pageToken)] ?? [];
    const next = Number(pageToken) + 1;
    reply(response, {
      ...(page.length > 0 && { rollupDataPoints: page }),
      ...(next < pages.length && { nextPageToken: String(next) }),
    });
  });
}

test("S40: every page is read until no token comes, however few points a page holds", async () => {
  answerPages([minutes(0, 3), minutes(3, 1), minutes(4, 2)]);
  const pages = await readAll(source);
  assert.deepEqual(
    pages.map(({ samples }) => samples.times.length),
    [3, 1, 2],
  );
});

test("S40: all other parameters are repeated with the token", async () => {
  answerPages([minutes(0, 1), minutes(1, 1)]);
  await readAll(source);
  const [first, second] = server.asked.map(({ body }) => JSON.parse(body));
  assert.deepEqual(second, { ...first, pageToken: "1" });
  server.answerWith(({ query }, response) => {
    reply(response, query.has("pageToken") ? {} : { dataPoints: [], nextPageToken: "a b+c/=" });
  });
  await readAll(source, sampleRule);
  const [listed, next] = server.asked.map(({ query }) => Object.fromEntries(query));
  assert.deepEqual(next, { ...listed, pageToken: "a b+c/=" });
});

test("S41: an empty page that carries a token is not the end, and the last page may be {}", async () => {
  answerPages([[], minutes(0, 2), [], [], minutes(2, 1), []]);
  const pages = await readAll(source);
  assert.equal(pages.length, 6);
  assert.equal(samplesOf(pages).length, 3);
});

test("S42: the pages of a window hold together what one big page holds, at any page size", async () => {
  const random = seeded(42);
  const bpm = () => ["NaN", 999, 61.5, "72", 80][Math.floor(random() * 5)];
  const points = Array.from({ length: 100 }, (_, index) =>
    minutePoint(start + Math.floor(index * 1.15) * 60_000, bpm()),
  ).reverse();
  const union = (pages: readonly SamplePage[]) => [
    samplesOf(pages),
    pages.flatMap(({ rejected }) => rejected),
  ];
  answerPages([points]);
  const whole = union(await readAll(source));
  for (let round = 0; round < 12; round += 1) {
    const pages: object[][] = [];
    for (let from = 0; from < points.length; ) {
      const size = Math.floor(random() * 12);
      pages.push(points.slice(from, from + size));
      from += size;
    }
    answerPages(pages);
    assert.deepEqual(union(await readAll(source)), whole, `round ${round}`);
  }
});

test("a repeated page token ends the window with an error, after the pages that came", async () => {
  for (const tokens of [
    ["a", "a"],
    ["a", "b", "a"],
  ]) {
    server.answerWith((_, response) => {
      const nextPageToken = tokens[server.asked.length - 1] ?? "beyond";
      reply(response, { rollupDataPoints: minutes(server.asked.length, 1), nextPageToken });
    });
    const pages: Page[] = [];
    await assert.rejects(async () => {
      for await (const page of source.fetchPages([minuteRule], morning, TOKEN)) pages.push(page);
    }, UnexpectedReply);
    assert.equal(pages.length, tokens.length);
    assert.equal(server.asked.length, tokens.length);
  }
});

test("the next page is not asked for before the one at hand was used, nor when the reader stops", async () => {
  answerPages([minutes(0, 1), minutes(1, 1), minutes(2, 1)]);
  for await (const page of source.fetchPages([minuteRule], morning, TOKEN)) {
    assert.ok(page.holds === "samples");
    assert.equal(page.samples.times.length, 1);
    assert.equal(server.asked.length, 1);
    break;
  }
  assert.equal(server.asked.length, 1);
});

test("a page of another shape is refused with its body, and never taken for an empty page", async () => {
  const shapes = [
    [],
    null,
    7,
    "7",
    { dataPoints: [] },
    { somethingElse: [] },
    { rollupDataPoints: {} },
    { rollupDataPoints: null },
    { nextPageToken: 7 },
    { rollupDataPoints: [], nextPageToken: null },
  ];
  for (const shape of shapes) {
    const body = JSON.stringify(shape);
    server.answerWith((_, response) => reply(response, body));
    await assert.rejects(readAll(source), (error) => {
      assert.ok(error instanceof UnexpectedReply, body);
      assert.equal(error.body, body);
      return true;
    });
  }
});
