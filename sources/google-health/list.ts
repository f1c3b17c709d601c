import type { TimeWindow } from "../source.ts";
import type { ApiRequest } from "./client.ts";
import type { Endpoint } from "./endpoint.ts";
import { isObject } from "./json.ts";
import type { PointShape } from "./readings.ts";
import { openSamples } from "./readings.ts";
import { familyName, pathOf } from "./roll-up.ts";
import { formatTimestamp } from "./timestamp.ts";

/** Most points a page has; Google cuts what asks for more, and does not say so. */
const MAX_PAGE_SIZE = 10_000;

/** What a listing is asked for. */
export type Listing = Readonly<{
  dataType: string;
  /** `list` gives every source's own points; `reconcile` what they come to together, so that none is told twice. */
  by: "list" | "reconcile";
  filter: string;
  pageSize?: number;
}>;

/** A request for the data points that a filter lets through. */
export function listRequest(
  { dataType, by, filter, pageSize = MAX_PAGE_SIZE }: Listing,
  window: TimeWindow,
  family: string,
): ApiRequest {
  if (!(window.from.getTime() < window.to.getTime()))
    throw new RangeError(`A window of ${dataType} must end after it begins`);
  return {
    what: dataType,
    method: "GET",
    path: by === "list" ? pathOf(dataType) : `${pathOf(dataType)}:reconcile`,
    query: { filter, pageSize: String(pageSize), dataSourceFamily: familyName(family) },
    window,
  };
}

/** `member >= "from" AND member < "to"`, the only form that every type takes. */
export const between = (member: string, from: string, to: string): string =>
  `${member} >= "${from}" AND ${member} < "${to}"`;

/** A window's instants as filters take them. */
export const betweenInstants = (member: string, { from, to }: TimeWindow): string =>
  between(member, formatTimestamp(from), formatTimestamp(to));

/** A data type whose points are measured at an instant. */
export type SampledType = Readonly<{
  dataType: string;
  by: Listing["by"];
  permission: Endpoint["permission"];
  maxDays: number;
  key: string;
  valueOf: PointShape["valueOf"];
}>;

/** Reads every sample the source has. */
export function everySample(type: SampledType): Endpoint {
  const { dataType, by, permission, maxDays } = type;
  const member = `${dataType.replaceAll("-", "_")}.sample_time.physical_time`;
  return {
    permission,
    listKey: "dataPoints",
    maxWindowDays: maxDays,
    request: (span, family) =>
      listRequest({ dataType, by, filter: betweenInstants(member, span) }, span, family),
    open: openSamples({
      ...type,
      timeOf: (_, content) => {
        const sampleTime = content["sampleTime"];
        return isObject(sampleTime) ? sampleTime["physicalTime"] : undefined;
      },
    }),
  };
}
