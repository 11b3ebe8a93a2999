/** Shared by every copy of this package that is loaded (ESM beside CommonJS): the key under which an error carries its name. */
export const brand: unique symbol = /* @__PURE__ */ Symbol.for('rxjs-resilience.error') as never;

/** The name that the library gave to this error, or undefined for everybody else's errors and for values that are none. */
export function brandOf(value: unknown): string | undefined {
  try {
    const name = (value as { readonly [brand]?: unknown } | null | undefined)?.[brand];
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}
