import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { MINUTE } from "../time.ts";
import type { Fault } from "./fault.ts";
import { api, data } from "./fault.ts";
import type { FaultKind } from "./kinds.ts";
import { mapPoints, shiftInstants } from "./reply-body.ts";

const JSON_TYPE = "application/json; charset=UTF-8";
const MEGABYTE = 1_000_000;

/** The way to the server fails, or carries what is no answer or too much of one. */
export const transport = {
  slow: {
    meets: api,
    instead: async ({ milliseconds = 200 }) => {
      await wait(milliseconds);
      return null;
    },
  },
  reset: {
    meets: api,
    instead: (_, { socket }) => {
      socket().resetAndDestroy();
      return RESPONSE_ALREADY_SENT;
    },
  },
  brokenOff: {
    meets: api,
    send: (text, { socket }) => {
      const bytes = Buffer.from(text);
      const head = `HTTP/1.1 200 OK\r\ncontent-type: ${JSON_TYPE}\r\ncontent-length: ${bytes.length}\r\n\r\n`;
      // Past the server, which would see to it that the length is right.
      socket().end(Buffer.concat([Buffer.from(head), bytes.subarray(0, bytes.length >> 1)]));
      return RESPONSE_ALREADY_SENT;
    },
  },
  hang: {
    meets: api,
    instead: async (_, { socket }) => {
      await once(socket(), "close");
      return RESPONSE_ALREADY_SENT;
    },
  },
  truncatedBody: { meets: api, bendText: (text) => text.slice(0, Math.floor(text.length / 2)) },
  brokenJson: { meets: api, bendText: (text) => `${text.slice(0, 1)},,${text.slice(1)}` },
  otherShape: { meets: api, bendText: () => '{"somethingElse":true}' },
  wrongContentType: {
    meets: api,
    send: (text) => new Response(text, { headers: { "content-type": "text/html" } }),
  },
  clockSkew: {
    meets: api,
    bendText: (text, { minutes = 10 }) => shiftInstants(text, minutes * MINUTE),
    send: (text, { now }, { minutes = 10 }) =>
      new Response(text, {
        headers: {
          "content-type": JSON_TYPE,
          date: new Date(now + minutes * MINUTE).toUTCString(),
        },
      }),
  },
  gzipBomb: {
    meets: api,
    instead: async ({ megabytes = 200 }) =>
      new Response(await bomb(megabytes), {
        headers: { "content-type": JSON_TYPE, "content-encoding": "gzip" },
      }),
  },
  hugePage: {
    meets: data,
    bend: (body, _, { megabytes = 50 }) => {
      const times = Math.ceil((megabytes * MEGABYTE) / JSON.stringify(body).length);
      return mapPoints(body, (points) => Array.from({ length: times }, () => points).flat());
    },
  },
} as const satisfies Partial<Record<FaultKind, Fault>>;

const packed = new Map<number, Promise<Buffer<ArrayBuffer>>>();

/** A list that never ends, packed: made once, for it takes a second. */
function bomb(megabytes: number): Promise<Buffer<ArrayBuffer>> {
  const made = packed.get(megabytes) ?? pack(megabytes);
  packed.set(megabytes, made);
  return made;
}

async function pack(megabytes: number): Promise<Buffer<ArrayBuffer>> {
  // Members of a gzip file follow each other, so that no more than one of them is ever in memory unpacked.
  const begins = await promisify(gzip)('{"rollupDataPoints":[');
  const member = await promisify(gzip)(Buffer.alloc(MEGABYTE, " "));
  return Buffer.concat([begins, ...Array.from({ length: megabytes }, () => member)]);
}
