import assert from "node:assert/strict";
import { test } from "node:test";
import { refuseLiveOnEmbedded } from "./guard.ts";

const live = "https://health.googleapis.com";
const simulated = "http://127.0.0.1:8090";

test("a live source may not write into the embedded database unless someone means it", () => {
  const refused = { EMBEDDED: "1", ALLOW_EMBEDDED: "0", GOOGLE_HEALTH_URL: live } as const;
  assert.throws(() => refuseLiveOnEmbedded(refused), /ALLOW_EMBEDDED=1/);
  assert.doesNotThrow(() => refuseLiveOnEmbedded({ ...refused, ALLOW_EMBEDDED: "1" }));
  assert.doesNotThrow(() => refuseLiveOnEmbedded({ ...refused, EMBEDDED: "0" }));
  assert.doesNotThrow(() => refuseLiveOnEmbedded({ ...refused, GOOGLE_HEALTH_URL: simulated }));
});
