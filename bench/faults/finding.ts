/** One fault that the product has promised to bear. */
export type FaultTest<World> = Readonly<{
  id: string;
  promise: string;
  run(world: World): Promise<Finding>;
}>;

/** Whether the promise held, and the figures it is judged by. */
export type Finding = Readonly<{ passed: boolean; figure: string }>;

/** The figure of named numbers: "missing 0, duplicate 0". */
export function figureOf(numbers: Readonly<Record<string, number | string>>): string {
  return Object.entries(numbers)
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`)
    .join(", ");
}
