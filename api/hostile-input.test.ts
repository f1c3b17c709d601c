import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ours, settingTexts, startPages } from "./set-up-for-tests.ts";
import { fillStudy } from "./study-for-tests.ts";

const now = new Date("2026-11-25T12:00:00Z");
const { database, app, get, post } = await startPages(now);
await fillStudy(database.app, now);
after(() => database.stop());

const why = "protocol 1.2";

test("an address with NUL in it leads nowhere, wherever it stands", async () => {
  const paths = [
    "/participants/S2-0401%00",
    "/set-up/studies/%00",
    "/set-up/participants/%00",
    "/set-up/participants?study=%00",
    "/?q=%00",
  ];
  for (const path of paths) {
    const reply = await get(path);
    assert.equal(reply.status, 404, path);
    assert.match(await reply.text(), /Nothing at this address/);
  }
});

test("a field with NUL is refused beside the field, and nothing is changed; a name with it is no form", async () => {
  for (const [name, values] of [
    ["slug", { slug: "a\0b", name: "x", why }],
    ["why", { slug: "ab", name: "x", why: "be\0cause" }],
  ] as const) {
    const reply = await post("/set-up/studies", values);
    assert.equal(reply.status, 422);
    assert.match(await reply.text(), new RegExp(`id="create-${name}-error">holds a character`));
  }
  const unnamed = await post("/set-up/studies", { slug: "ab", name: "x", why, "x\0": "y" });
  assert.equal(unnamed.status, 400);
  assert.match(await unnamed.text(), /What was sent cannot be read/);
  for (const slug of ["ab", "a%00b"]) {
    assert.equal((await get(`/set-up/studies/${slug}`)).status, 404);
  }
});

test("a participant file with NUL, pasted or applied, is refused in words", async () => {
  const csv = "id,time_zone,enrolled_on\nG-1,Europe/Oslo,2026-11-01\0\n";
  const checked = await post("/set-up/import/check", { study: "sleep-2", csv });
  assert.equal(checked.status, 422);
  assert.match(await checked.text(), /save it as “CSV UTF-8”/);
  const applied = await post("/set-up/import/apply", { study: "sleep-2", csv, why });
  assert.equal(applied.status, 422);
  const elsewhere = await post("/set-up/import/check", { study: "a\0", csv: "" });
  assert.equal(elsewhere.status, 404);
  assert.equal((await get("/participants/G-1")).status, 404);
});

test("a body that breaks off or is no form at all is refused in words", async () => {
  const broken = '--x\r\nContent-Disposition: form-data; name="slug"\r\n\r\nhalf';
  for (const [type, path] of [
    ["multipart/form-data; boundary=x", "/set-up/studies"],
    ["multipart/form-data", "/set-up/studies"],
    ["multipart/form-data; boundary=x", "/set-up/import/check"],
  ] as const) {
    const headers = { ...ours, "Content-Type": type };
    const reply = await app.request(path, { method: "POST", headers, body: broken });
    assert.equal(reply.status, 400, `${type} ${path}`);
    assert.match(await reply.text(), /What was sent cannot be read/);
  }
});

const fields: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "/set-up/studies": { slug: "Not a slug", name: "x", why },
  "/set-up/studies/sleep-2/sites": { name: "", why },
  "/set-up/studies/sleep-2/arms": { name: "", why },
  "/set-up/studies/sleep-2/settings": {
    version: "0",
    validDayMinutes: "0",
    lowSleepHours: "",
    why,
  },
  "/set-up/participants": {
    study: "sleep-2",
    id: "",
    time_zone: "",
    enrolled_on: "",
    site: "",
    why,
  },
  "/set-up/participants/S2-0401/pause": { why: "" },
  "/set-up/participants/S2-0401/move": { timeZone: "", from: "", why },
  "/set-up/import/check": { study: "sleep-2", csv: "" },
  "/set-up/import/apply": { study: "sleep-2", csv: "", why },
};
const texts = [
  "\0",
  "\ud800",
  "x".repeat(20_000),
  "<script>",
  "1e400",
  "-1",
  "0000-00-00",
  "9".repeat(40),
];

test("whatever one field of any form holds, the answer is a page of words and never an error of ours", async () => {
  let tried = 0;
  for (const [path, values] of Object.entries(fields)) {
    for (const [name, text] of Object.keys(values).flatMap((each) =>
      texts.map((text) => [each, text] as const),
    )) {
      const reply = await post(path, { ...values, [name]: text });
      assert.ok([303, 404, 422].includes(reply.status), `${path} ${name} ${reply.status}`);
      assert.doesNotMatch(await reply.text(), /[>"]<script>|\0/);
      tried += 1;
    }
  }
  assert.ok(tried > 200, `${tried} tried`);
});

test("a version that no settings have, however large, is one that somebody has changed since", async () => {
  const page = await (await get("/set-up/studies/sleep-2")).text();
  const wanted = { ...settingTexts(page), validDayMinutes: "480", why };
  for (const version of ["1e400", "9999999999", "-5", "1.5", "x"]) {
    const reply = await post("/set-up/studies/sleep-2/settings", { ...wanted, version });
    assert.equal(reply.status, 422, version);
    assert.match(await reply.text(), /Somebody has changed these settings/);
  }
});

test("half of a character, bytes that are none and an endless word lead nowhere in an address", async () => {
  for (const bytes of ["%ED%A0%80", "%FF%FE", "%", "x".repeat(5000), "%F0%9F%98%80"]) {
    for (const path of ["/participants/", "/set-up/studies/", "/set-up/participants/"]) {
      assert.equal((await get(path + bytes)).status, 404, path + bytes);
    }
    assert.equal((await get(`/?q=${bytes}`)).status, 200);
  }
});

test("another site, also one of the same domain, may link to a page but not fetch it", async () => {
  for (const site of ["cross-site", "same-site"]) {
    const from = (mode: string) => ({
      headers: { "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode },
    });
    assert.equal((await app.request("/", from("no-cors"))).status, 403, site);
    assert.equal((await app.request("/", from("navigate"))).status, 200, site);
  }
});
