/** Who acts and why: what every change must say. */
export type Because = Readonly<{ by: string; why: string }>;

/** What a person asked for cannot be done; the message says why and what to do, `field` what it is about. */
export class Refusal extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.name = "Refusal";
    this.field = field;
  }
}
