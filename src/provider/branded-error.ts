import { brand, brandOf } from './brand';

/**
 * What the library's own errors have in common: a `name`, and a brand that every copy of the package recognises,
 * so that `instanceof` also holds for an error that another copy made.
 */
export abstract class BrandedError extends Error {
  /** The name that errors of this class carry; each class sets its own. */
  static readonly brandName: string | undefined = undefined;

  // Not a property of every error: two of them would cost half a µs. Setting it gives the error one.
  /** The name of its class. */
  override get name(): string {
    return this[brand];
  }

  /** Another one, for this error alone. */
  override set name(value: string) {
    Object.defineProperty(this, 'name', { value, configurable: true, writable: true });
  }

  /** @internal */
  get [brand](): string {
    const { brandName, name } = this.constructor as typeof BrandedError;
    return brandName ?? name;
  }

  /** Whether it is an error of this class, made by whichever copy of the package. */
  static override [Symbol.hasInstance](this: { readonly prototype: object }, value: unknown): boolean {
    // biome-ignore-start lint/complexity/noThisInStatic: the class that was asked, which may be any below this one
    const own = Object.getOwnPropertyDescriptor(this, 'brandName')?.value;
    const isBranded = typeof own === 'string' && brandOf(value) === own;
    return isBranded || Object.prototype.isPrototypeOf.call(this.prototype, value as object);
    // biome-ignore-end lint/complexity/noThisInStatic: see above
  }
}
