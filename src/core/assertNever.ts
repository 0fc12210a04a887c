/** Closes a switch over a union: a new case does not compile until it is handled. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
