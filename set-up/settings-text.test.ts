import assert from "node:assert/strict";
import { test } from "node:test";
import { StudySettings } from "../sql/studies.ts";
import { changesBetween, readSettings, settingFields, settingsAsText } from "./settings-text.ts";

const defaults = StudySettings.parse({});

test("every setting has a title, a description and words for what is allowed", () => {
  assert.ok(settingFields.length >= 14);
  for (const field of settingFields) {
    assert.notEqual(field.title, field.key);
    assert.notEqual(field.description, "", field.key);
    assert.doesNotMatch(field.allowed, /undefined/);
  }
});

test("settings written as text and read again are the same settings", () => {
  const { settings } = readSettings(defaults, settingsAsText(defaults));
  assert.deepEqual(settings, defaults);
});

test("each value is read as the schema's type, nested ones by a dotted key", () => {
  const texts = {
    ingestIntervalMinutes: "15",
    lowSleepHours: "5.5",
    "quietHours.from": " 22:30 ",
    "imputation.enabled": "no",
  };
  const { settings, problems } = readSettings(defaults, texts);
  assert.deepEqual(problems, {});
  assert.ok(settings);
  assert.deepEqual(changesBetween(defaults, settings), {
    ingestIntervalMinutes: { from: "", to: "15" },
    lowSleepHours: { from: "6", to: "5.5" },
    "quietHours.from": { from: "21:00", to: "22:30" },
    "imputation.enabled": { from: "yes", to: "no" },
  });
  assert.equal(
    readSettings(settings, { ingestIntervalMinutes: "none" }).settings?.ingestIntervalMinutes,
    null,
  );
});

test("every wrong value is named with what would be right, and an unknown key with the known ones", () => {
  const { settings, problems } = readSettings(defaults, {
    validDayMinutes: "ten",
    inactiveHours: "0",
    lowSleepDays: "2.5",
    "quietHours.to": "24:00",
    "imputation.enabled": "perhaps",
    validDayMinute: "600",
    __proto__x: "1",
  });
  assert.equal(settings, null);
  assert.equal(problems["validDayMinutes"], "must be a whole number from 1 to 1440");
  assert.equal(problems["inactiveHours"], "must be a whole number from 1 to 720");
  assert.equal(problems["lowSleepDays"], "must be a whole number from 1 to 30");
  assert.equal(problems["quietHours.to"], "must be a time of day, such as 21:00");
  assert.equal(problems["imputation.enabled"], "must be yes or no");
  assert.match(String(problems["validDayMinute"]), /is not a setting; there is .*validDayMinutes/);
});

test("more low days than days in the window are refused", () => {
  const { problems } = readSettings(defaults, { lowWearDays: "8" });
  assert.deepEqual(problems, {
    lowWearDays: "must not be more than the days of the window (ofDays)",
  });
});

test("a study's first version, written before a setting existed, gets its default", () => {
  assert.equal(StudySettings.parse({ ingestIntervalMinutes: 5 }).validDayMinutes, 600);
});
