import type { Socket } from "node:net";
import type { ReplyBody } from "./reply-body.ts";
import type { FaultSwitch } from "./switchboard.ts";

/** A request as a fault may want to know it. */
export type FaultRequest = Readonly<{
  pageToken: string | undefined;
  now: number;
  /** The connection it came by; throws where there is none, as in a test without HTTP. */
  socket: () => Socket;
}>;

type Answer = Response | null | Promise<Response | null>;

/** Which requests a fault can meet, and what it does: answer instead of the server, or bend its answer. */
export type Fault = Readonly<{
  /** The paths it can meet. */
  meets: RegExp;
  /** Null: the server answers after all. */
  instead?: (one: FaultSwitch, request: FaultRequest) => Answer;
  bend?: (body: ReplyBody, request: FaultRequest, one: FaultSwitch) => ReplyBody;
  bendText?: (text: string, one: FaultSwitch) => string;
  /** Sends the text that was bent in another way than JSON is sent. */
  send?: (text: string, request: FaultRequest, one: FaultSwitch) => Response;
  /** Seconds that the requester is told to wait; null where it is not told. */
  tellsToWait?: (one: FaultSwitch) => number | null;
}>;

/** Paths of the API, of its data points, and of its data points rolled up. */
export const api = /^\/v4\//;
export const data = /\/dataPoints(:reconcile|:rollUp)?$/;
export const rolledUp = /:rollUp$/;
