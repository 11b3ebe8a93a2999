import { show } from '../options';

/** A kind of policies, as an error names it. */
interface PolicyKind {
  /** What its parameter is called. */
  readonly name: string;
  /** By which it is asked. */
  readonly method: string;
  /** Of ours. */
  readonly className: string;
  /** What the class is made with. */
  readonly config: string;
}

/** Throws unless this is a policy of that kind; for a config it says why that will not do. */
export function checkPolicy(owner: string, policy: unknown, { name, method, className, config }: PolicyKind): void {
  if (typeof (policy as { readonly [name: string]: unknown } | null | undefined)?.[method] !== 'function') {
    throw new TypeError(
      `${owner}: ${name} must be a ${className} that many calls share, not a config: ` +
        `make it once, new ${className}(${config}), outside of the pipe; got ${show(policy)}`,
    );
  }
}
