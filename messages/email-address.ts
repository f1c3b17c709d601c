const EMAIL = /^[^\s@<>,;:"()[\]\\]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,}$/;
const CONTROL = /\p{Cc}/u;

/** Whether this is one plain address, and nothing a header or a second recipient could be made of. */
export function isEmail(text: string): boolean {
  return EMAIL.test(text) && !CONTROL.test(text) && !text.includes("..");
}
