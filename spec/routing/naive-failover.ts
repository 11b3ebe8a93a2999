import { type Came, endings, type Part, wordOf } from '../support/played';

/** A call with other sources to go to: its options, and what its sources do in turn. */
export interface FailoverPlan {
  readonly afterValues: 'error' | 'restart' | 'continue';
  readonly maxHeldBack: number;
  readonly parts: readonly Part[];
}

/** All that must happen, told by V1 and V2 in one loop. */
export function naiveFailover({ afterValues, maxHeldBack, parts }: FailoverPlan) {
  const subscribedAt: number[] = [];
  const heard: Came[] = [];
  const failures: { error: unknown; route: number; values: string[] }[] = [];
  let at = 0;
  let hasContent = false;
  for (const [source, part] of parts.entries()) {
    subscribedAt.push(at);
    let held: string[] = [];
    let isPassing = false;
    part.values.forEach(({ gap, isContent }, index) => {
      at += gap;
      held.push(wordOf(source, index, part));
      isPassing = isPassing || isContent || (maxHeldBack > 0 && held.length > maxHeldBack);
      hasContent = hasContent || isPassing;
      if (isPassing || maxHeldBack === 0) {
        heard.push(...held.map((value) => ({ at, value })));
        held = [];
      }
    });
    if (part.end.kind === 'never') {
      return { subscribedAt, heard, failures, hangs: true };
    }
    at += part.end.gap;
    if (part.end.kind === 'complete') {
      heard.push(...held.map((value) => ({ at, value })), { at, isComplete: true });
      break;
    }
    const error = endings[part.end.kind];
    const isLast = source === parts.length - 1 || part.end.kind === 'wrong' || (hasContent && afterValues === 'error');
    if (isLast) {
      heard.push({ at, error });
      break;
    }
    const delivered = heard.flatMap(({ value }) => value ?? []);
    failures.push({ error, route: source + 1, values: afterValues === 'continue' && hasContent ? delivered : [] });
  }
  return { subscribedAt, heard, failures, hangs: false };
}
