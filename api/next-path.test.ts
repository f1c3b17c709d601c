import assert from "node:assert/strict";
import { test } from "node:test";
import { nextPath } from "./next-path.ts";

test("after signing in one goes to a page of ours", () => {
  assert.equal(
    nextPath("/participants/S2-0401?before=2026-01-01"),
    "/participants/S2-0401?before=2026-01-01",
  );
  assert.equal(nextPath(undefined), "/");
});

test("no address leads to another host, however it is written", () => {
  for (const wish of [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/..//evil.example",
    "/a/..//evil.example",
    "\\\\evil.example",
    "evil.example",
    "/\n//evil.example",
    "",
  ]) {
    const path = nextPath(wish);
    assert.equal(new URL(path, "https://ours.example").host, "ours.example", wish);
    assert.doesNotMatch(path, /^\/[/\\]/, wish);
  }
});
