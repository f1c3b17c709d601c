import type { Context, Hono } from "hono";
import { GoogleError } from "../google-error.ts";
import { requireScope } from "../oauth/bearer.ts";
import type { Participant } from "../participant.ts";
import type { RequestVariables, World } from "../world.ts";
import { dailyRollUpPage } from "./daily-roll-up.ts";
import type { DataType } from "./data-type.ts";
import type { ListQuery } from "./list.ts";
import { listPage } from "./list.ts";
import { requireDataType, requireSelf } from "./request.ts";
import { rollUpPage, unsupported } from "./roll-up.ts";

type Api = Context<RequestVariables>;
type Action = (c: Api, world: World, participant: Participant, type: DataType) => unknown;

/** What can be done with the data points of a type: method and last segment of the path. */
const actions: Readonly<Record<string, Action>> = {
  "GET dataPoints": (c, world, participant, type) => {
    const query = listQuery(c);
    if (!type.listed) throw unsupported(type);
    if (type.familyOnlyReconciled && query.dataSourceFamily !== undefined)
      throw new GoogleError(400, "INVALID_ARGUMENT", "data_source_family is not supported.");
    const dataSource = {
      recordingMethod: "PASSIVELY_MEASURED",
      device: { displayName: participant.deviceName },
      platform: "FITBIT",
    };
    return listPage(world, participant, type, query, (point, name) => ({
      ...(name !== null && { name }),
      dataSource,
      ...point,
    }));
  },
  // The reconciled stream names no source.
  "GET dataPoints:reconcile": (c, world, participant, type) => {
    if (type.rollUpOfDays !== undefined && !type.listed) throw unsupported(type);
    return listPage(world, participant, type, listQuery(c), (point, dataPointName) => ({
      ...(dataPointName !== null && { dataPointName }),
      ...(type.reconciled?.(point) ?? point),
    }));
  },
  "POST dataPoints:rollUp": async (c, world, participant, type) =>
    rollUpPage(world, participant, type, await readJson(c)),
  "POST dataPoints:dailyRollUp": async (c, world, participant, type) =>
    dailyRollUpPage(world, participant, type, await readJson(c)),
};

/** The routes under /v4/users/{user}/dataTypes/{type}/. */
export function addDataPointRoutes(app: Hono<RequestVariables>, world: World): void {
  // The colon of dataPoints:rollUp is text, which a router would read as a parameter: told apart here.
  app.on(["GET", "POST"], "/v4/users/:user/dataTypes/:type/:action", async (c) => {
    const action = actions[`${c.req.method} ${c.req.param("action")}`];
    if (action === undefined) return c.notFound();
    const participant = c.get("participant");
    requireSelf(c.req.param("user"), participant);
    const type = requireDataType(c.req.param("type"));
    requireScope(c.get("scopes"), type.scope);
    return c.json(await action(c, world, participant, type));
  });
}

function listQuery(c: Api): ListQuery {
  const { filter, pageSize, pageToken, dataSourceFamily } = c.req.query();
  return {
    filter,
    pageSize: pageSize === undefined ? undefined : Number(pageSize),
    pageToken,
    dataSourceFamily,
  };
}

async function readJson(c: Api): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    throw new GoogleError(
      400,
      "INVALID_ARGUMENT",
      "Invalid JSON payload received. Unexpected token.",
    );
  }
}
