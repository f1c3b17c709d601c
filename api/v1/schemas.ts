import { z } from "@hono/zod-openapi";
import { DAY_STATES } from "../../adherence/day-state.ts";
import { RESOLUTIONS, VALUE_SETS } from "../../sql/read-series.ts";

/** What is answered, as the OpenAPI document tells it. Names are those of docs/data-dictionary.md. */

const instant = () => z.iso.datetime({ offset: true });
const day = () => z.iso.date();
const mayBe = <Schema extends z.ZodType>(schema: Schema) => schema.nullable();

export const NextCursor = mayBe(z.string()).openapi({
  description:
    "Where the next page goes on; null at the end, and only there: a page may be empty and still carry one.",
});

export const Problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().openapi({ description: "Give it to whoever runs Wearflow." }),
    errors: z
      .array(z.strictObject({ in: z.string(), field: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: "What is wrong with what was asked, field by field." }),
  })
  .openapi("Problem");

export const Study = z
  .strictObject({
    study: z.string(),
    name: z.string(),
    sites: z.array(z.string()),
    arms: z.array(z.string()),
    participants: z.int(),
  })
  .openapi("Study");

export const Person = z
  .strictObject({
    participant: z.string().openapi({ description: "The opaque id; there are no names here." }),
    study: z.string(),
    site: mayBe(z.string()),
    arm: mayBe(z.string()),
    state: z.enum(["invited", "active", "paused", "withdrawn", "completed"]),
    enrolled_on: day(),
    ended_on: mayBe(day()),
    time_zone: z.string(),
    connection: mayBe(z.string()),
    last_sync_at: mayBe(instant()).openapi({ description: "The device's last sync." }),
    last_sample_at: mayBe(instant()).openapi({ description: "The newest wearable sample." }),
    last_fetched_at: mayBe(instant()).openapi({ description: "Our last run." }),
    last_outcome: mayBe(z.string()),
  })
  .openapi("Participant");

export const Device = z
  .strictObject({
    source: z.string(),
    kind: z.string(),
    model: mayBe(z.string()),
    battery_percent: mayBe(z.int()),
    battery_seen_at: mayBe(instant()),
    last_sync_at: mayBe(instant()),
    first_seen_at: instant(),
    last_seen_at: instant(),
  })
  .openapi("Device");

export const Metric = z
  .strictObject({
    metric: z.string(),
    unit: z.string(),
    kind: z.enum(["sample", "interval", "session", "daily", "category"]),
    dense: z
      .boolean()
      .openapi({ description: "Expected in every worn minute; only these have gaps." }),
    plausible_min: z.number(),
    plausible_max: z.number(),
    imputation: z.string(),
  })
  .openapi("Metric");

export const Day = z
  .strictObject({
    participant: z.string(),
    day: day().openapi({
      description:
        "The participant's local day: 24 hours, 23 to 25 where clocks change, up to 50 where somebody travels.",
    }),
    starts_at: instant(),
    ends_at: instant(),
    expected_minutes: z.int(),
    wear_minutes: z.int(),
    heart_rate_minutes: mayBe(z.int()),
    step_minutes: mayBe(z.int()),
    last_sample_at: mayBe(instant()),
    read_at: mayBe(instant()),
    final: z.boolean().openapi({ description: "Nothing more of its heart rate is awaited." }),
    final_at: mayBe(instant()),
    state: z.enum(DAY_STATES).openapi({
      description:
        "What the day is, the first that holds. Only valid, partial and not_worn tell of wear: on a paused day or one " +
        "outside participation no minute was expected, of lost, not_authorised, pipeline_fault, unsynced and pending " +
        "ones nobody knows (yet). A day that was not judged yet is pending.",
    }),
    valid_so_far: mayBe(z.boolean()).openapi({
      description:
        "Whether it has enough worn minutes already, also while it is open. Null: not judged yet.",
    }),
  })
  .openapi("Day");

export const Gap = z
  .strictObject({
    metric: z.string(),
    source: z.string(),
    starts_at: instant(),
    ends_at: instant(),
    minutes: z.int(),
    cause: z.string(),
    recoverable_until: mayBe(instant()),
    found_at: instant(),
  })
  .openapi("Gap");

export const Sleep = z
  .strictObject({
    day: day().openapi({ description: "The local day it ends in." }),
    starts_at: instant(),
    ends_at: instant(),
    main: z.boolean(),
    processed: z
      .boolean()
      .openapi({ description: "False while the source still computes stages." }),
    minutes_asleep: mayBe(z.int()),
    minutes_in_bed: mayBe(z.int()),
    stages: z.array(
      z.strictObject({
        starts_at: instant(),
        ends_at: instant(),
        stage: z.enum(["awake", "restless", "asleep", "light", "deep", "rem"]),
      }),
    ),
  })
  .openapi("Sleep");

export const Daily = z
  .strictObject({
    day: day(),
    source: z.string().openapi({
      description: "Whose value: a day has one a source, where an export was imported as well.",
    }),
    value: z.number(),
    seen_at: instant(),
  })
  .openapi("DailyValue");

export const Sample = z
  .strictObject({
    time: instant().openapi({ description: "The instant, or where the bucket begins." }),
    day: mayBe(day()).openapi({ description: "Of resolution day: which of the participant's." }),
    value: z.number().openapi({ description: "The mean; of a metric of kind interval the sum." }),
    min: z.number(),
    max: z.number(),
    measured: z.int().openapi({ description: "Measured samples in it." }),
    imputed: z.int().openapi({ description: "Imputed minutes in it; never among the measured." }),
    lower: mayBe(z.number()).openapi({
      description: "Of an imputed minute: where 95 % should lie. None for longer buckets.",
    }),
    upper: mayBe(z.number()),
    method: mayBe(z.string()),
    source: mayBe(z.string()).openapi({ description: "Of raw: source and family." }),
  })
  .openapi("Sample");

export const Samples = z
  .strictObject({
    participant: z.string(),
    metric: z.string(),
    unit: z.string(),
    values: z.enum(VALUE_SETS),
    resolution: z.enum(RESOLUTIONS).openapi({ description: "What auto came to." }),
    closed: z.boolean().openapi({
      description:
        "Every day of the range is final: the answer has an ETag and will not change by itself.",
    }),
    aggregate_behind: z.boolean().openapi({
      description:
        "Hours and days of a dense metric come from an hourly aggregate, which is a few minutes behind: true where " +
        "samples of these buckets are not in it yet, though minutes have them. Ask again in ten minutes.",
    }),
    samples: z.array(Sample),
    next_cursor: NextCursor,
  })
  .openapi("Samples");

export const ImputationRun = z
  .strictObject({
    run_id: z.int(),
    metric: z.string(),
    source: z.string(),
    day: day(),
    code_version: z.string(),
    parameters: z.unknown().openapi({ description: "What was fitted: methods, orders, windows." }),
    input_sha256: z.string(),
    made_at: instant(),
    superseded_at: mayBe(instant()).openapi({ description: "Null while it is in force." }),
    gaps: z.array(
      z.strictObject({
        starts_at: instant(),
        ends_at: instant(),
        cause: z.string(),
        method: mayBe(z.string()),
        with_steps: mayBe(z.boolean()),
        provisional: mayBe(z.boolean()),
        refusal: mayBe(z.string()).openapi({ description: "Why it was not filled." }),
        pending: mayBe(z.boolean()),
        seed: z.string(),
      }),
    ),
  })
  .openapi("ImputationRun");

export const Draws = z
  .strictObject({
    participant: z.string(),
    day: day(),
    unit: z.string(),
    gaps: z.array(
      z.strictObject({
        starts_at: instant(),
        seed: z.string(),
        paths: z.array(z.array(z.number())).openapi({ description: "A value a minute each." }),
      }),
    ),
  })
  .openapi("Draws");

export const Started = z
  .strictObject({ participant: z.string(), started: z.enum(["fetch", "imputation"]) })
  .openapi("Started");
