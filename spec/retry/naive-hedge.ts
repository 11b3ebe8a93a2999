import { type Came, endings, type Part, wordOf } from '../support/played';

/** A hedged call: its options, and what its sources do in turn. */
export interface HedgePlan {
  readonly after: number;
  readonly max: number;
  /** Whether hedges are sources of their own. */
  readonly hasWith: boolean;
  /** How many hedges the budget allows. */
  readonly allowed: number;
  readonly parts: readonly Part[];
}

interface Step {
  readonly at: number;
  readonly source: number;
  /** A value, by its place; or the end. */
  readonly index: number;
}

/** All that must happen, told by H1 and H2, event by event; undefined if two sources do something at the same time. */
export function naiveHedge({ after, max, hasWith, allowed, parts }: HedgePlan) {
  const subscribedAt: number[] = [];
  const hedges: { readonly n: number; readonly after: number }[] = [];
  const heard: Came[] = [];
  const steps: Step[] = [];
  const held = new Map<number, string[]>();
  let [winner, timer, now, left] = [-1, Number.POSITIVE_INFINITY, 0, allowed];
  const partOf = (source: number) => parts[source % parts.length]!;

  const begin = () => {
    const source = subscribedAt.length;
    subscribedAt.push(now);
    held.set(source, []);
    let at = now;
    partOf(source).values.forEach(({ gap }, index) => {
      at += gap;
      steps.push({ at, source, index });
    });
    const { end, values } = partOf(source);
    if (end.kind !== 'never') {
      steps.push({ at: at + end.gap, source, index: values.length });
    }
    timer = hedges.length < max ? now + after : Number.POSITIVE_INFINITY;
  };
  const hedge = () => {
    timer = Number.POSITIVE_INFINITY;
    if (hedges.length >= max || left === 0) {
      return false;
    }
    left -= 1;
    hedges.push({ n: hedges.length + 1, after: now - subscribedAt.at(-1)! });
    begin();
    return true;
  };
  const drop = (source: number) => {
    held.delete(source);
    steps.splice(0, steps.length, ...steps.filter((step) => step.source !== source));
  };
  const win = (source: number) => {
    winner = source;
    timer = Number.POSITIVE_INFINITY;
    [...held.keys()].filter((other) => other !== source).forEach(drop);
    heard.push(...(held.get(source) ?? []).map((value) => ({ at: now, value })));
    held.set(source, []);
  };
  const seen = (hangs: boolean) => ({ subscribedAt, hedges, heard, active: hangs ? held.size : 0 });

  begin();
  for (;;) {
    steps.sort((one, other) => one.at - other.at || one.source - other.source || one.index - other.index);
    const [step, next] = steps;
    if (step === undefined && timer === Number.POSITIVE_INFINITY) {
      return seen(true);
    }
    if (step === undefined || timer < step.at) {
      now = timer;
      hedge();
      continue;
    }
    const other = steps.find(({ source }) => source !== step.source);
    if (step.at === timer || step.at === other?.at || (next !== undefined && next.at < now)) {
      return undefined;
    }
    steps.shift();
    now = step.at;
    const { source, index } = step;
    const part = partOf(source);
    if (index < part.values.length) {
      const value = wordOf(source, index, part);
      if (winner === source) {
        heard.push({ at: now, value });
      } else {
        held.get(source)!.push(value);
        if (part.values[index]!.isContent) {
          win(source);
        }
      }
    } else if (part.end.kind === 'complete') {
      win(source);
      heard.push({ at: now, isComplete: true });
      return seen(false);
    } else {
      const { kind } = part.end;
      drop(source);
      const isFatal = kind === 'wrong' || (kind === 'locked' && !hasWith);
      const helps = hasWith && (kind === 'down' || kind === 'locked');
      const isOver = winner === source || isFatal || (!(helps && hedge()) && held.size === 0);
      if (isOver) {
        heard.push({ at: now, error: endings[kind] });
        return seen(false);
      }
    }
  }
}
