/** Options of every worker that reads from a source. */
export const fetchWorker = {
  taskQueue: "wearflow-fetch",
  // By default a beat reaches the server, and a cancellation the reading, every 16 s only: too long for whoever waits.
  maxHeartbeatThrottleInterval: "2 seconds",
} as const;
