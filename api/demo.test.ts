import assert from "node:assert/strict";
import { test } from "node:test";
import { isDemo } from "./demo.ts";

const demo = {
  SIMULATOR_URL: "http://127.0.0.1:8090",
  HTTP_HOST: "127.0.0.1",
  GOOGLE_CLIENT_ID: "wearflow-demo",
  EMBEDDED: "1",
} as const;

test("the demo signs visitors in with the simulator, the embedded database and a loopback address", () => {
  assert.equal(isDemo(demo), true);
  assert.equal(isDemo({ ...demo, GOOGLE_CLIENT_ID: undefined, HTTP_HOST: "::1" }), true);
});

test("a live client, another database, another address or no simulator turns the demo off", () => {
  assert.equal(isDemo({ ...demo, GOOGLE_CLIENT_ID: "123.apps.googleusercontent.com" }), false);
  assert.equal(isDemo({ ...demo, EMBEDDED: "0" }), false);
  assert.equal(isDemo({ ...demo, HTTP_HOST: "0.0.0.0" }), false);
  assert.equal(isDemo({ ...demo, SIMULATOR_URL: undefined }), false);
});
