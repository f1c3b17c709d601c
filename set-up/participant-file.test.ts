import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeText, readParticipantFile } from "./participant-file.ts";

const HEADER = "id,time_zone,enrolled_on,site,arm,state";
const words = (text: string | null) =>
  readParticipantFile(text).problems.map(({ line, column, what }) => `${line} ${column}: ${what}`);

test("a file is read with its line numbers, whatever wrote it", () => {
  const plain = readParticipantFile("id,time_zone,enrolled_on\nP-1,Europe/Oslo,2026-11-01\n");
  assert.deepEqual(plain.problems, []);
  assert.deepEqual(plain.rows, [
    {
      line: 2,
      id: "P-1",
      time_zone: "Europe/Oslo",
      enrolled_on: "2026-11-01",
      site: "",
      arm: "",
      state: "",
    },
  ]);
  for (const [what, text] of Object.entries({
    "byte order mark, CRLF": "\uFEFFid,time_zone,enrolled_on\r\nP-1,Europe/Oslo,2026-11-01\r\n",
    "old line ends": "id,time_zone,enrolled_on\rP-1,Europe/Oslo,2026-11-01",
    semicolons: "id;time_zone;enrolled_on\nP-1;Europe/Oslo;2026-11-01",
    tabs: "id\ttime_zone\tenrolled_on\nP-1\tEurope/Oslo\t2026-11-01",
    quotes: '"id","time_zone","enrolled_on"\n"P-1","Europe/Oslo","2026-11-01"',
    "spaces and capitals": "ID, Time zone, Enrolled-on\n P-1 , Europe/Oslo , 2026-11-01 ",
    "another order": "enrolled_on,id,time_zone\n2026-11-01,P-1,Europe/Oslo",
    "empty lines of a spreadsheet":
      "id,time_zone,enrolled_on\nP-1,Europe/Oslo,2026-11-01\n\n,,\n;;\n",
  })) {
    const { rows, problems } = readParticipantFile(text);
    assert.deepEqual(problems, [], what);
    assert.deepEqual(rows, plain.rows, what);
  }
});

test("empty lines count, so that a line number is the editor's", () => {
  const { rows } = readParticipantFile(`\n\n${HEADER}\n\nP-1,Europe/Oslo,2026-11-01,,,\n`);
  assert.deepEqual(
    rows.map(({ line }) => line),
    [5],
  );
});

test("a quoted field may hold the separator and a doubled quote", () => {
  const { rows } = readParticipantFile(`${HEADER}\nP-1,Europe/Oslo,2026-11-01,"Oslo, ""east""",,`);
  assert.equal(rows[0]?.site, 'Oslo, "east"');
});

test("each missing column, unknown column and column written twice is named", () => {
  assert.deepEqual(words("id,name,id\nP-1,Ola,P-1"), [
    "1 time_zone: the column is missing",
    "1 enrolled_on: the column is missing",
    "1 name: the column is not known",
    "1 id: the column is there twice",
  ]);
  assert.deepEqual(words(`${HEADER},email\nP-1,Europe/Oslo,2026-11-01,,,,a@b.example`), [
    "1 email: the column is not known",
  ]);
});

test("a wrong quote or a wrong number of fields spoils its own line only", () => {
  const text = `${HEADER}
P-1,"Europe/Oslo,2026-11-01,,,
P-2,Eur"ope/Oslo,2026-11-01,,,
P-3,Europe/Oslo,2026-11-01
P-4,Europe/Oslo,2026-11-01,,,,x
P-5,Europe/Oslo,2026-11-01,,,`;
  assert.deepEqual(words(text), [
    "2 : a quote does not close or stands inside a field",
    "3 : a quote does not close or stands inside a field",
    "4 : has 3 fields, the first line has 6",
    "5 : has 7 fields, the first line has 6",
  ]);
  assert.deepEqual(
    readParticipantFile(text).rows.map(({ id }) => id),
    ["P-5"],
  );
});

test("a file of nothing, of a header only, or of far too many lines says so", () => {
  assert.deepEqual(words(" \n\n"), ["0 : the file is empty"]);
  assert.deepEqual(words(HEADER), ["0 : there is no participant below the header"]);
  assert.deepEqual(words(`${HEADER}\n${"x\n".repeat(5001)}`), ["0 : the file has over 5000 lines"]);
});

test("bytes that are not UTF-8 are refused, not guessed at", () => {
  assert.equal(decodeText(Buffer.from("Tromsø")), "Tromsø");
  assert.equal(decodeText(Buffer.from("Tromsø", "latin1")), null);
  assert.deepEqual(words(null), ["0 : it is not UTF-8"]);
});
