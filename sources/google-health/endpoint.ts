import type { TimeWindow } from "../source.ts";
import type { ApiRequest } from "./client.ts";
import type { ListKey } from "./paging.ts";
import type { ReadingContext, Readings } from "./readings.ts";

/** How one metric at one resolution is asked for and read. */
export type Endpoint = Readonly<{
  listKey: ListKey;
  maxWindowDays: number;
  /** Throws RangeError for a window the API cannot answer rightly. */
  request: (window: TimeWindow, family: string) => ApiRequest;
  parse: (points: readonly unknown[], context: ReadingContext) => Readings;
}>;
