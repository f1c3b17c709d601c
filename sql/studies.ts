import { z } from "zod";
import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

/** A study's rules. Every field has a default, so an older version stays readable; `meta` is what people read. */
export const StudySettings = z
  .strictObject({
    ingestIntervalMinutes: z.int().min(1).max(1440).nullable().default(null).meta({
      title: "Fetch every … minutes",
      description:
        "Between two looks at each participant's data, beside the daily run; empty = daily only.",
    }),
    validDayMinutes: z.int().min(1).max(1440).default(600).meta({
      title: "Valid day: minutes worn",
      description: "A final day with at least so many worn minutes is valid.",
    }),
    bridgeMinutes: z.int().min(0).max(60).default(5).meta({
      title: "Bridge pauses of … minutes",
      description: "Shorter pauses between worn minutes count as worn.",
    }),
    ofDays: z.int().min(1).max(30).default(7).meta({
      title: "Window: final days",
      description:
        "Low wear and low sleep are judged over so many of the last final days, none older than a week more and none before a pause.",
    }),
    lowWearDays: z.int().min(1).max(30).default(3).meta({
      title: "Low wear: days",
      description: "Low wear when so many days of the window are not valid.",
    }),
    lowSleepDays: z.int().min(1).max(30).default(3).meta({
      title: "Low sleep: days",
      description: "Low sleep when so many days of the window are below one of the two limits.",
    }),
    lowSleepHours: z.number().min(0).max(24).default(6).meta({
      title: "Low sleep: hours",
      description: "A night with fewer hours asleep is low.",
    }),
    sleepEfficiencyPercent: z.number().min(0).max(100).default(85).meta({
      title: "Low sleep: efficiency in percent",
      description: "A night with less of its time in bed asleep is low.",
    }),
    inactiveHours: z.int().min(1).max(720).default(48).meta({
      title: "Inactive after … hours",
      description:
        "Since the device's last sync, or the newest wearable sample where no device is or may be known.",
    }),
    deviceMemoryDays: z.int().min(1).max(60).default(7).meta({
      title: "Device memory: days",
      description:
        "For so long a device keeps minutes it has not handed over; later they are overwritten.",
    }),
    quietHours: z
      .strictObject({
        from: clockTime.default("21:00").meta({
          title: "Quiet hours from",
          description: "In the participant's own time; nothing is sent from here …",
        }),
        to: clockTime.default("08:00").meta({
          title: "Quiet hours to",
          description: "… until here.",
        }),
      })
      .prefault({}),
    imputation: z
      .strictObject({
        enabled: z.boolean().default(true).meta({
          title: "Fill gaps",
          description: "Imputed values are kept apart from measured ones, always.",
        }),
        longestGapMinutes: z.int().min(1).max(1440).default(120).meta({
          title: "Longest gap to fill, in minutes",
          description: "Longer gaps stay empty.",
        }),
        acrossNonWear: z.boolean().default(false).meta({
          title: "Fill non-wear too",
          description: "Whether time the device was not worn may be filled.",
        }),
      })
      .prefault({}),
  })
  .refine(({ lowWearDays, ofDays }) => lowWearDays <= ofDays, {
    path: ["lowWearDays"],
    error: "must not be more than the days of the window (ofDays)",
  })
  .refine(({ lowSleepDays, ofDays }) => lowSleepDays <= ofDays, {
    path: ["lowSleepDays"],
    error: "must not be more than the days of the window (ofDays)",
  });

export type StudySettings = Readonly<z.infer<typeof StudySettings>>;

export type Study = Readonly<{ id: number; slug: string; name: string; settings: StudySettings }>;

/** All studies with the settings in force; throws where a stored version cannot be read. */
export async function listStudies(db: Queryable): Promise<Study[]> {
  const { rows } = await db.query<{ id: number; slug: string; name: string; settings: unknown }>(
    `select s.id, s.slug, s.name, coalesce(setting.settings, '{}'::jsonb) as settings
     from study.study s
     left join lateral (
       select v.settings from study.setting v where v.study_id = s.id order by v.version desc limit 1
     ) setting on true
     order by s.id`,
  );
  return rows.map((row) => ({ ...row, settings: StudySettings.parse(row.settings) }));
}

type FirstStudy = Readonly<{
  slug: string;
  name: string;
  settings: z.input<typeof StudySettings>;
  by: string;
  why: string;
}>;

/** Makes the study if it is not there, with its first settings; returns its id. Run twice = no change. */
export async function ensureStudy(db: Queryable, study: FirstStudy): Promise<number> {
  const settings = JSON.stringify(StudySettings.parse(study.settings));
  await db.query(
    `with made as (
       insert into study.study (slug, name) values ($1::text, $2::text)
       on conflict (slug) do nothing
       returning id
     )
     insert into study.setting (study_id, version, settings, made_by, reason)
     select id, 1, $3::jsonb, $4::text, $5::text from made`,
    [study.slug, study.name, settings, study.by, study.why],
  );
  const { rows } = await db.query<{ id: number }>(
    "select id from study.study where slug = $1::text",
    [study.slug],
  );
  return only(rows, `study ${study.slug}`).id;
}
