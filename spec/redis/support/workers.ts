import { type ChildProcess, fork } from 'node:child_process';
import type { SlidingWindow, TokenBucket } from '../../../src/quota/limits';
import type { Granted } from './recorded-client';

/** What a process is to do: let so many calls wait for permits, all at once. */
export interface Order {
  readonly key: string;
  readonly limit: Omit<TokenBucket, 'kind'> | Omit<SlidingWindow, 'kind'>;
  readonly waiters: number;
  /** By how many ms its clock is wrong. */
  readonly clockShift: number;
}

/** What came of it. */
export interface Report {
  readonly granted: readonly Granted[];
  /** How many scripts were run. */
  readonly turns: number;
  /** How each waiter's call ended. */
  readonly finished: readonly string[];
}

/** A process of its own. */
export class Worker {
  readonly #process: ChildProcess;
  readonly isReady: Promise<unknown>;

  constructor(url: string) {
    this.#process = fork(new URL('./worker.ts', import.meta.url).pathname, [url], { execArgv: ['--import', 'tsx'] });
    this.isReady = this.#nextMessage();
  }

  /** Undefined if it is killed meanwhile. */
  carryOut(order: Order): Promise<Report | undefined> {
    const report = this.#nextMessage();
    this.#process.send(order);
    return report as Promise<Report | undefined>;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #nextMessage(): Promise<unknown> {
    return new Promise((resolve) => {
      this.#process.once('message', resolve);
      this.#process.once('exit', () => resolve(undefined));
    });
  }
}
