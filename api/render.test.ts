import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createRender } from "./render.ts";

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function rendering(template: string) {
  const folder = mkdtempSync(join(tmpdir(), "wearflow-views-"));
  folders.push(folder);
  writeFileSync(join(folder, "page.eta"), template);
  const render = createRender(folder);
  return (data: Record<string, unknown>) => render("page", data);
}

test("text from the database is escaped, in text and in attributes", () => {
  const page = rendering('<p title="<%= it.name %>"><%= it.name %></p>')({
    name: `"><img src=x>&'`,
  });
  assert.equal(
    page,
    `<p title="&quot;&gt;&lt;img src=x&gt;&amp;&#39;">&quot;&gt;&lt;img src=x&gt;&amp;&#39;</p>`,
  );
});

test("a property nobody gave is an error, in a condition and inside an object too", () => {
  assert.throws(() => rendering("<% if (it.typo) { %>x<% } %>")({ right: 1 }), /reads “typo”/);
  assert.throws(() => rendering("<%= it.row.typo %>")({ row: {} }), /reads “typo”/);
  const loop = "<% for (const row of it.rows) { %><%= row.typo %><% } %>";
  assert.throws(() => rendering(loop)({ rows: [{ id: 1 }] }), /reads “typo”/);
});

test("nothing but text and finite numbers can be printed", () => {
  for (const value of [null, undefined, Number.NaN, {}, true]) {
    assert.throws(() => rendering("<%= it.value %>")({ value }), /may print text and numbers/);
  }
  assert.equal(rendering("<%= it.value %>")({ value: 0 }), "0");
});

test("the templates print raw text only where they include another or the body", () => {
  const folder = new URL("../views/", import.meta.url);
  const raw = readdirSync(folder)
    .filter((name) => name.endsWith(".eta"))
    .flatMap(
      (name) => readFileSync(new URL(name, folder), "utf8").match(/<%[-_]?\s*~[^%]*%>/g) ?? [],
    );
  assert.ok(raw.length > 0);
  for (const tag of raw)
    assert.match(tag, /^<%~ (include\("\.\/[a-z-]+"(, \{[^}]*\})?\)|it\.body) %>$/);
});
