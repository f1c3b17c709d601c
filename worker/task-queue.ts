/** Of everything but fetching, which has one of its own (fetch-worker.ts). */
export const TASK_QUEUE = "wearflow";
