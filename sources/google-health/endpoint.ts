import type { Capabilities, Content, ReadingSpan, RejectedReading, SeriesRule } from "../source.ts";
import type { ApiRequest } from "./client.ts";
import type { ListKey } from "./paging.ts";

/** What one page came to. */
export type PageReadings = Readonly<{ content: Content; rejected: readonly RejectedReading[] }>;

/** Reads the pages of one window, one after another: it knows what the window has given so far. */
export type PageReader = (points: readonly unknown[]) => PageReadings;

/** How one data type at one resolution is asked for and read. */
export type Endpoint = Readonly<{
  permission: ReturnType<Capabilities["permissionOf"]>;
  listKey: ListKey;
  maxWindowDays: number;
  /** Throws RangeError for a window the API cannot answer rightly. */
  request: (span: ReadingSpan, family: string) => ApiRequest;
  /** The rules are those of the series asked for, at least one. */
  open: (rules: readonly SeriesRule[], span: ReadingSpan) => PageReader;
}>;

/** The one series of samples or sessions; asking for none is a fault of ours. */
export function onlyRule(rules: readonly SeriesRule[]): SeriesRule {
  const [rule] = rules;
  if (rule === undefined) throw new RangeError("No series was asked for");
  return rule;
}
