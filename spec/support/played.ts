import { Observable } from 'rxjs';
import type { VirtualTime } from '../circuit/virtual-time';
import { fc } from './property';

/** What a source does: values, each so many ms after what came before, and its end. */
export interface Part {
  readonly values: readonly { readonly gap: number; readonly isContent: boolean }[];
  readonly end: { readonly kind: keyof typeof endings; readonly gap: number };
}

/** How sources end: without an error, or with one of these. */
export const endings = {
  complete: undefined,
  never: undefined,
  down: { status: 503 },
  throttled: { status: 429 },
  wrong: { status: 400 },
  locked: { status: 401 },
};

/** Something that a subscriber heard. */
export interface Came {
  readonly at: number;
  readonly value?: string;
  readonly error?: unknown;
  readonly isComplete?: true;
}

const gap = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 900 }) },
);
const end = fc.record({
  gap,
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant('complete' as const) },
    { weight: 1, arbitrary: fc.constant('never' as const) },
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        'down' as const,
        'down' as const,
        'throttled' as const,
        'wrong' as const,
        'locked' as const,
      ),
    },
  ),
});

/** Sources that say little, much, or only what is no content. */
export const part: fc.Arbitrary<Part> = fc.record({
  values: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 4, arbitrary: fc.array(fc.record({ gap, isContent: fc.boolean() }), { maxLength: 4 }) },
    {
      weight: 1,
      arbitrary: fc.array(fc.record({ gap: fc.constant(0), isContent: fc.constant(false) }), {
        minLength: 14,
        maxLength: 19,
        size: 'max',
      }),
    },
  ),
  end,
});

export const isContent = (value: string) => value.startsWith('content');
export const wordOf = (source: number, index: number, { values }: Part) =>
  `${values[index]!.isContent ? 'content' : 'header'} ${source}.${index}`;

/** Plays the parts of a plan, and knows how many are subscribed. */
export class Player {
  readonly subscribedAt: number[] = [];
  readonly heard: Came[] = [];
  active = 0;
  mostActive = 0;
  pulled = 0;

  constructor(
    private readonly parts: readonly Part[],
    readonly time: VirtualTime,
  ) {}

  /** The next part, for each subscription; synchronously where no time lies between. */
  readonly source = new Observable<string>((subscriber) => {
    const number = this.subscribedAt.length;
    const part = this.parts[number % this.parts.length]!;
    this.subscribedAt.push(this.time.frame);
    this.active += 1;
    this.mostActive = Math.max(this.mostActive, this.active);
    const after = (ms: number, work: () => void) => (ms === 0 ? work() : subscriber.add(this.time.schedule(work, ms)));
    const say = (index: number): void => {
      if (subscriber.closed) {
        return;
      }
      if (index < part.values.length) {
        after(part.values[index]!.gap, () => {
          this.pulled += 1;
          subscriber.next(wordOf(number, index, part));
          say(index + 1);
        });
      } else if (part.end.kind !== 'never') {
        const { kind } = part.end;
        after(part.end.gap, () => (kind === 'complete' ? subscriber.complete() : subscriber.error(endings[kind])));
      }
    };
    say(0);
    return () => {
      this.active -= 1;
    };
  });

  listen(call: Observable<string>) {
    const at = () => this.time.frame;
    return call.subscribe({
      next: (value) => this.heard.push({ at: at(), value }),
      error: (error) => this.heard.push({ at: at(), error }),
      complete: () => this.heard.push({ at: at(), isComplete: true }),
    });
  }
}
