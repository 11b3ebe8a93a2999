import type { Payer, SharedGrant } from './corrections';
import type { RedisWaiter } from './redis-waiter';

/** What Redis said last of this process's place in the queue, in which each process with waiters has one. */
export interface Place {
  /** Before that nothing is granted, as far as is known. */
  readonly due: number;
  /** When it is worth asking again. */
  readonly lookAt: number;
  /** The waiter whose place it is. */
  readonly waiter: RedisWaiter;
}

/** The wait of a waiter for which a limit that never comes back has too little left. */
export const usedUp = -2;

/** A question for permits. */
export interface Asked {
  readonly waiters: readonly RedisWaiter[];
  /** Its number. */
  readonly turns: string;
  readonly since: number;
  /** Whether the calls in flight are counted. */
  readonly isCounted: boolean;
}

/** What the script `turn` says, with the waiters that it speaks of. */
export interface Turn {
  readonly granted: readonly (readonly [RedisWaiter, SharedGrant])[];
  /** Who is next. */
  readonly head: RedisWaiter | undefined;
  /** How long that waits at least, in ms: -1 if there is none, -2 if for ever. */
  readonly wait: number;
  /** After how many ms it is worth asking again. */
  readonly look: number;
  /** It says nothing of any waiter: no script of ours does that. */
  readonly isEmpty: boolean;
  /** Of the state that granted. */
  readonly birth: string;
  /** Other limits on this key. */
  readonly theirs: unknown;
}

/** Numbers that name no waiter are passed over: a reply may say anything. */
export function readTurn(
  { waiters, turns, since, isCounted }: Asked,
  reply: unknown,
  instance: string,
  payerOf: (waiter: RedisWaiter) => Payer | undefined,
): Turn {
  const [count, wait, birth, at, look, theirs, order] = reply as readonly unknown[];
  const told = order as readonly unknown[];
  const numbers = told.length === 0 ? waiters.map((_, index) => index + 1) : told.map(Number);
  const known = numbers.filter((number) => waiters[number - 1] !== undefined);
  const state = String(birth);
  const time = String(at);
  const granted = known.slice(0, Number(count)).map((number): [RedisWaiter, SharedGrant] => {
    const waiter = waiters[number - 1]!;
    const held = isCounted ? `${instance}:${turns}:${number}` : undefined;
    return [waiter, { birth: state, at: time, held, since, payer: payerOf(waiter) }];
  });
  const head = waiters[known[granted.length]! - 1];
  const ms = Number(wait);
  return {
    granted,
    head,
    wait: ms,
    look: Math.max(1, Number(look)),
    isEmpty: granted.length === 0 && (head === undefined || (ms < 0 && ms !== usedUp)),
    birth: state,
    theirs,
  };
}
