import { defer, type Observable } from 'rxjs';

/**
 * One diagram that is also a test. Lines are written in the marble syntax of RxJS's TestScheduler: a character is 1 ms,
 * `-` is silence, `(ab)` is several at once, `|` completion, `#` an error, ` 990ms ` with a space on both sides a long
 * silence, and in lines of subscriptions `^` and `!` begin and end one.
 *
 * A new scenario goes to the file of its operator: `npx vitest run spec/marbles.spec.ts` executes it, `npm run marbles`
 * draws it.
 */
export interface Scenario<Name extends string = string> {
  /** A sentence that states the behaviour. */
  readonly title: string;
  /** The cold Observables that go in, by name. */
  readonly inputs: Readonly<Record<Name, string>>;
  /** What a letter stands for, where it is not itself; in every line alike. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** What `#` stands for in inputs. Default: the string `'error'`. */
  readonly error?: unknown;
  /** The operator at work: what comes out, and the states that are watched, by name. */
  readonly run: (inputs: Readonly<Record<Name, Input>>) => Readonly<Record<string, Observable<unknown>>>;
  /** When the outputs are unsubscribed, as in `'---!'`; all of them, or by name. Default: never. */
  readonly unsubscribed?: string | Readonly<Record<string, string>>;
  /** What comes out, by the same names as `run` returns; what tells of a policy stands under `states`. */
  readonly outputs: Readonly<Record<string, string>>;
  /** What `#` stands for in an output: the name of an error class, or the error itself. Default: `error`. */
  readonly errors?: Readonly<Record<string, unknown>>;
  /** The state of a policy, by the same names as `run` returns: a letter is the state at the end of its ms, until the next letter. */
  readonly states?: Readonly<Record<string, string>>;
  /** When the inputs were subscribed, `[]` for never: for a guard that is the behaviour. What is left out is not checked. */
  readonly subscriptions?: { readonly [name in Name]?: readonly string[] };
}

/** An input while it is run. Its values are taken for strings, which most are. */
export type Input = Observable<string>;

/** A scenario as it is written: lets the compiler find the names of the inputs. */
export function scenario<Name extends string>(written: Scenario<Name>): Scenario {
  return written as unknown as Scenario;
}

/** A call that does one thing the first time it is made, the next thing the next time, and the last from then on. */
export function inTurn<T>(...calls: Observable<T>[]): Observable<T> {
  return defer(() => (calls.length > 1 ? calls.shift()! : calls[0]!));
}
