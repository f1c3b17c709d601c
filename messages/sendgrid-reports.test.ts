import assert from "node:assert/strict";
import { createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { test } from "node:test";
import { isSignedBySendgrid, readSendgridReports } from "./sendgrid-reports.ts";

const { privateKey, publicKey: ours } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const publicKey = ours.export({ format: "der", type: "spki" }).toString("base64");
const now = new Date("2026-11-25T12:00:00Z");
const timestamp = String(now.getTime() / 1000);
const raw = Buffer.from('[{"event":"delivered"}]');

const sign = (text: string, body = raw, key = privateKey) =>
  createSign("sha256").update(text).update(body).sign(key, "base64");

test("a report signed over its time and raw bytes within ten minutes is the provider's", () => {
  const signature = sign(timestamp);
  for (const minutes of [-9, 0, 9]) {
    const at = new Date(now.getTime() + minutes * 60_000);
    assert.equal(isSignedBySendgrid({ publicKey, signature, timestamp }, raw, at), true);
  }
});

test("an altered, replayed, foreign or garbled report is nobody's", () => {
  const signature = sign(timestamp);
  const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
  const old = String(now.getTime() / 1000 - 601);
  const forgeries = [
    { given: { publicKey, signature, timestamp }, body: Buffer.from('[{"event":"bounce"}]') },
    { given: { publicKey, signature, timestamp: String(Number(timestamp) + 1) }, body: raw },
    { given: { publicKey, signature: sign(old), timestamp: old }, body: raw },
    { given: { publicKey, signature: sign(timestamp, raw, other), timestamp }, body: raw },
    { given: { publicKey, signature: "garbage", timestamp }, body: raw },
    { given: { publicKey, signature: "", timestamp }, body: raw },
    { given: { publicKey: "garbage", signature, timestamp }, body: raw },
    { given: { publicKey, signature: sign("NaN"), timestamp: "NaN" }, body: raw },
  ];
  for (const { given, body } of forgeries) {
    assert.equal(isSignedBySendgrid(given, body, now), false, JSON.stringify(given));
  }
});

test("reports of our messages are read, those of others are left, and what is no list is none", () => {
  const message_key = randomUUID();
  const base = {
    timestamp: 1_764_072_000,
    sg_event_id: "e1",
    message_key,
    email: "kari@home.example",
  };
  const reports = readSendgridReports(
    Buffer.from(
      JSON.stringify([
        { ...base, event: "bounce" },
        { ...base, event: "open", sg_event_id: "e2" },
        { ...base, event: "delivered", message_key: "not ours" },
        null,
      ]),
    ),
  );
  assert.deepEqual(
    reports?.map(({ kind, doNotContact }) => [kind, doNotContact !== null]),
    [
      ["bounced", true],
      ["other", false],
    ],
  );
  assert.doesNotMatch(JSON.stringify(reports), /kari/);
  for (const body of ["", "{}", "null", "<html>"]) {
    assert.equal(readSendgridReports(Buffer.from(body)), null);
  }
});
