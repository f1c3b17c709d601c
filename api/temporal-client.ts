import { Client, Connection } from "@temporalio/client";
import type { Config } from "../config.ts";

/** Temporal, for the pages that start something. Connected at the first use, and again after a failure. */
export type Temporal = Readonly<{ client(): Promise<Client>; close(): Promise<void> }>;

const CONNECT_MS = 3000;

export function createTemporal({
  TEMPORAL_ADDRESS: address,
  TEMPORAL_NAMESPACE: namespace,
}: Pick<Config, "TEMPORAL_ADDRESS" | "TEMPORAL_NAMESPACE">): Temporal {
  let connecting: Promise<Connection> | null = null;
  return {
    async client() {
      if (address === undefined) throw new Error("TEMPORAL_ADDRESS is not set");
      connecting ??= Connection.connect({ address, connectTimeout: CONNECT_MS }).catch(
        (error: unknown) => {
          connecting = null;
          throw error;
        },
      );
      return new Client({ connection: await connecting, namespace });
    },
    async close() {
      const connection = await connecting?.catch(() => null);
      await connection?.close();
    },
  };
}
