import { type ChildProcess, fork } from 'node:child_process';
import type { SlidingWindow, TokenBucket } from '../../../src/quota/limits';
import type { Granted } from './recorded-client';
import type { RedisServer } from './redis-server';

/** What a process is to do: let so many calls wait for permits, all at once. */
export interface Order {
  readonly key: string;
  readonly limit?: Omit<TokenBucket, 'kind'> | Omit<SlidingWindow, 'kind'>;
  readonly waiters: number;
  /** After so many ms each comes; default: all at once. */
  readonly every?: number;
  /** How long each call takes, in ms, in turn; default 0. */
  readonly takes?: readonly number[];
  readonly priority?: number;
  /** The tenants that share the limiter: each has so many waiters. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly maxConcurrent?: number;
  readonly lease?: number;
  readonly ageing?: number;
  /** By how many ms its clock is wrong. */
  readonly clockShift: number;
}

/** What came of it. */
export interface Report {
  readonly granted: readonly Granted[];
  /** When calls ended, by the server's clock. */
  readonly ended: readonly number[];
  /** The tenants of the calls that were granted, in that order. */
  readonly served: readonly string[];
  /** How many scripts were run. */
  readonly turns: number;
  /** How each waiter's call ended. */
  readonly finished: readonly string[];
}

/** A process of its own, which runs a file of this folder and tells when it is ready. */
export class Child {
  protected readonly process: ChildProcess;
  readonly isReady: Promise<unknown>;
  /** How it has ended. */
  readonly exit: Promise<number | null>;

  constructor(file: string, words: readonly string[]) {
    this.process = fork(new URL(file, import.meta.url).pathname, words, { execArgv: ['--import', 'tsx'] });
    this.exit = new Promise((resolve) => this.process.once('exit', resolve));
    this.isReady = this.nextMessage();
  }

  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' = 'SIGKILL'): void {
    this.process.kill(signal);
  }

  /** Undefined if it ends before it tells anything. */
  protected nextMessage(): Promise<unknown> {
    return new Promise((resolve) => {
      this.process.once('message', resolve);
      this.process.once('exit', () => resolve(undefined));
    });
  }
}

/** A process with a limiter. */
export class Worker extends Child {
  constructor(url: string) {
    super('./worker.ts', [url]);
  }

  /** Undefined if it is killed meanwhile. */
  carryOut(order: Order): Promise<Report | undefined> {
    const report = this.nextMessage();
    this.process.send(order);
    return report as Promise<Report | undefined>;
  }

  /** Lets it stand still, or go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.process.kill(signal);
  }
}

/** So many processes that use the server, ready for orders. */
export async function workersAt(url: string, count: number): Promise<Worker[]> {
  const workers = Array.from({ length: count }, () => new Worker(url));
  await Promise.all(workers.map(({ isReady }) => isReady));
  return workers;
}

/** Ends the processes, then their server. */
export async function endAll(workers: readonly Child[], server: RedisServer): Promise<void> {
  for (const worker of workers) {
    worker.kill();
  }
  await server.stop();
}
