import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { SourceUnavailable, UnexpectedReply } from "../errors.ts";
import type { GoogleHealthOptions } from "./google-health.ts";
import { createPace } from "./pace.ts";
import {
  minutePoint,
  morning,
  NOW,
  readAll,
  reply,
  samplesOf,
  sourceAt,
  startServer,
  TOKEN,
} from "./test-server.ts";

const server = await startServer();
const page = JSON.stringify({ rollupDataPoints: [minutePoint(morning.from.getTime(), 60)] });

async function unavailable(
  answer: (response: ServerResponse) => void,
  options: Partial<GoogleHealthOptions> = {},
): Promise<SourceUnavailable> {
  server.answerWith((_, response) => answer(response));
  const error = await readAll(sourceAt(server, options)).then(
    () => assert.fail("no error"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof SourceUnavailable, inspect(error));
  assert.equal(inspect(error, { depth: 10, showHidden: true }).includes(TOKEN), false);
  return error;
}

test("a page says where it came from: address, window, status, size and hash of the decoded body", async () => {
  for (const encoding of ["identity", "gzip"]) {
    server.answerWith((_, response) => {
      response.writeHead(200, { "content-encoding": encoding });
      response.end(encoding === "gzip" ? gzipSync(page) : page);
    });
    const [{ provenance } = assert.fail("no page")] = await readAll(sourceAt(server));
    const { durationMs, ...rest } = provenance;
    assert.ok(durationMs >= 0);
    assert.deepEqual(rest, {
      method: "POST",
      url: `${server.url}/v4/users/me/dataTypes/heart-rate/dataPoints:rollUp`,
      requestedWindow: morning,
      fetchedAt: NOW,
      status: 200,
      sha256: createHash("sha256").update(page).digest("hex"),
      bytes: Buffer.byteLength(page),
    });
  }
});

test("the token goes into the authorization header and nowhere else", async () => {
  server.answerWith((_, response) => reply(response, page));
  const pages = await readAll(sourceAt(server));
  const [asked] = server.asked;
  assert.equal(asked?.headers.authorization, `Bearer ${TOKEN}`);
  assert.equal(JSON.stringify(pages).includes(TOKEN), false);
  assert.equal(`${asked?.path}${asked?.query}${asked?.body}`.includes(TOKEN), false);
});

test("a body that is cut short is an outage, by its length, its chunks or its JSON", async () => {
  const half = page.slice(0, page.length / 2);
  await unavailable((response) => {
    response.writeHead(200, { "content-length": String(page.length) });
    response.write(half, () => response.destroy());
  });
  await unavailable((response) => response.write(half, () => response.destroy()));
  for (let length = 1; length < page.length; length += 1) {
    await unavailable((response) => reply(response, page.slice(0, length)));
  }
});

test("whole JSON that is broken inside is for a developer, as no retry mends it", async () => {
  for (const body of ['{"rollupDataPoints":[{"x":NaN}]}', '{"month":09}', "{'a':1}", "[1,]"]) {
    server.answerWith((_, response) => reply(response, body));
    await assert.rejects(readAll(sourceAt(server)), (error) => {
      assert.ok(error instanceof UnexpectedReply, inspect(error));
      assert.equal(error.body, body);
      assert.equal(error.cause, undefined);
      return true;
    });
  }
});

test("a reset connection is an outage", async () => {
  await unavailable((response) => response.socket?.resetAndDestroy());
  await unavailable((response) => response.socket?.destroy());
});

test("a server that cannot be reached is an outage", async () => {
  await unavailable(() => undefined, { baseUrl: "http://127.0.0.1:1" });
});

test("a server that hangs before or within its reply is an outage", async () => {
  const late = { timeoutMs: 60 };
  const before = await unavailable(() => undefined, late);
  assert.match(before.message, /does not answer in time/);
  const within = await unavailable((response) => response.write(page.slice(0, 20)), late);
  assert.match(within.message, /does not answer in time/);
});

test("a small reply that unpacks into a huge one is cut off at the cap", async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000, " "));
  assert.ok(bomb.length < 100_000);
  const options = { maxBodyBytes: 100_000 };
  const unpacked = await unavailable((response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.end(bomb);
  }, options);
  assert.match(unpacked.message, /too large a reply/);
  await unavailable((response) => {
    const more = () => void (response.destroyed || response.write(" ".repeat(50_000), more));
    more();
  }, options);
});

test("a reply as large as the cap is read", async () => {
  server.answerWith((_, response) => reply(response, page));
  const source = sourceAt(server, { maxBodyBytes: Buffer.byteLength(page) });
  assert.equal(samplesOf(await readAll(source)).length, 1);
});

test("a broken compressed body is an outage", async () => {
  await unavailable((response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.end(gzipSync(page).subarray(0, 30));
  });
  await unavailable((response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.end(page);
  });
});

test("a refusal whose body never ends still counts by its status", async () => {
  const error = await unavailable(
    (response) => {
      response.writeHead(503);
      response.write("{");
    },
    { timeoutMs: 60 },
  );
  assert.match(error.message, /status 503/);
});

test("what fetch throws is never passed on: it may quote a header with the token", async () => {
  const quoting = () => Promise.reject(new TypeError(`invalid header value: Bearer ${TOKEN}`));
  const error = await unavailable(() => undefined, { fetch: quoting });
  assert.ok(error.cause instanceof Error);
  assert.equal(error.cause.message, "TypeError");
});

test("requests of one participant keep their distance, those of others do not wait", async () => {
  const pace = createPace(40);
  const began = performance.now();
  await Promise.all([pace("one"), pace("other"), pace("one"), pace("one")]);
  assert.ok(performance.now() - began >= 78);
});
