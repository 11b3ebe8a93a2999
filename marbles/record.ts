import { defer, dematerialize, materialize, type Observable, type ObservableNotification, tap } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { checkNames, checkSyntax } from './mistakes';
import type { Input, Scenario } from './scenario';

/** What happened in a scenario, and what its lines say should have. */
export interface Recording {
  readonly scenario: Scenario;
  /** The subscriptions of each input, in order. */
  readonly inputs: Readonly<Record<string, readonly Session[]>>;
  readonly lines: readonly Line[];
}

/** One line of a scenario. */
export type Line =
  | { readonly kind: 'output' | 'state'; readonly name: string; readonly actual: readonly Message[]; readonly expected: readonly Message[] }
  | { readonly kind: 'subscriptions'; readonly name: string; readonly actual: readonly Log[]; readonly expected: readonly Log[] };

/** What an Observable said, and in which ms. */
export interface Message {
  readonly frame: number;
  readonly notification: { readonly kind: string; readonly value?: unknown; readonly error?: unknown };
}

/** From when to when somebody was subscribed; `Infinity` for ever. */
export interface Log {
  readonly subscribedFrame: number;
  readonly unsubscribedFrame: number;
}

/** One subscription to an input, with what was heard in it. */
export interface Session extends Log {
  readonly messages: readonly Message[];
}

/** No scenario needs more. */
const mostActions = 10_000;

/** A letter stands for itself unless a scenario says otherwise. */
const itself = Object.fromEntries(
  [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'].map((letter) => [letter, letter]),
);

/** Executes a scenario in virtual time. */
export function record(scenario: Scenario): Recording {
  const { inputs: written, values, error, errors = {}, run, outputs, states = {}, subscriptions = {}, unsubscribed } = scenario;
  const letters = { ...itself, ...values } as Record<string, string>;
  const announced: Pick<Line, 'kind' | 'name'>[] = [];
  const lines: Line[] = [];
  checkSyntax(scenario);
  const scheduler = new BoundedScheduler((actual, expected) => {
    lines.push({ ...announced[lines.length]!, actual, expected } as Line);
  });
  const taps = mapped(written, () => new Tap(scheduler));

  scheduler.run(({ cold, expectObservable, expectSubscriptions }) => {
    const results = run(mapped(taps, (each, name) => each.on(cold(written[name]!, letters, error))));
    checkNames(scenario, Object.keys(results));
    for (const [name, marbles] of Object.entries(outputs)) {
      announced.push({ kind: 'output', name });
      const until = typeof unsubscribed === 'object' ? unsubscribed[name] : unsubscribed;
      expectObservable(results[name]!, until ?? null).toBe(marbles, letters, errors[name] ?? error);
    }
    // After the outputs: of what they do at once the state has nothing but the result.
    for (const [name, marbles] of Object.entries(states)) {
      announced.push({ kind: 'state', name });
      expectObservable(results[name] as Observable<string>).toBe(marbles, letters);
    }
    for (const [name, logs] of Object.entries(subscriptions)) {
      announced.push({ kind: 'subscriptions', name });
      expectSubscriptions(taps[name]!.logs).toBe([...logs!]);
    }
  });
  return { scenario, inputs: mapped(taps, ({ sessions }) => sessions), lines: lines.map(settled) };
}

/** Listens in on the subscriptions of an input. */
class Tap {
  logs: Log[] = [];
  readonly #heard: Message[][] = [];

  constructor(private readonly scheduler: TestScheduler) {}

  on(source: ReturnType<RunHelpers['cold']>): Input {
    this.logs = source.subscriptions;
    return defer(() => {
      const heard: Message[] = [];
      this.#heard.push(heard);
      const hear = tap((notification: ObservableNotification<string>) => heard.push({ frame: this.scheduler.now(), notification }));
      return (source as Observable<string>).pipe(materialize(), hear, dematerialize()) as Input;
    });
  }

  get sessions(): Session[] {
    return this.logs.map((log, index) => ({ ...log, messages: this.#heard[index]! }));
  }
}

/** Virtual time that ends: a policy that is broken may set the same timer again and again. */
class BoundedScheduler extends TestScheduler {
  #actions = 0;

  override schedule: TestScheduler['schedule'] = (work, delay, state) => {
    this.#actions += 1;
    if (this.#actions > mostActions) {
      throw new Error(`still not at rest after ${mostActions} actions, at ${this.now()} ms`);
    }
    return super.schedule(work, delay, state);
  };
}

/** A state is what it is at the end of a ms, and told when it is another than before. */
function settled(line: Line): Line {
  if (line.kind !== 'state') {
    return line;
  }
  const last = line.actual.filter(({ frame }, index) => frame !== line.actual[index + 1]?.frame);
  const labelOf = (message: Message | undefined) => String(message?.notification.value);
  return { ...line, actual: last.filter((message, index) => index === 0 || labelOf(message) !== labelOf(last[index - 1])) };
}

function mapped<From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From, name: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}
