import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Exchange } from './exchange';
import type { ClientReport } from './report';
import type { ChaosServer } from './server';

/** What a client process sent, and how it ended. */
export interface ClientRun {
  readonly client: string;
  /** Undefined if it had to be killed, or died. */
  readonly report: ClientReport | undefined;
  /** Requests that it had left open a second after its last call. */
  readonly leftOpen: readonly Exchange[];
  /** `killed` if it did not end by itself. */
  readonly exit: number | 'killed';
}

/** ms that connections have to close. */
export const closing = 1_000;
/** ms that a process has to end in once nobody wants anything of it; loading and unloading takes long on a busy machine. */
const leaving = 10_000;
/** ms beyond its time that a client may take to report. */
const overtime = 120_000;

/** Lets a client make its calls in a process of its own. */
export async function runClient(
  client: string,
  url: string,
  seed: number,
  seconds: number,
  server: ChaosServer,
): Promise<ClientRun> {
  const args = [client, url, String(seed), String(seconds)];
  const child = fork(fileURLToPath(new URL('client.ts', import.meta.url)), args, { execArgv: ['--import', 'tsx'] });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const report = await reportOf(child, exited, seconds * 1_000 + overtime);
  const open = () => [...server.open].filter(({ call }) => call.startsWith(client));
  await server.gone(() => open().length, closing);
  const leftOpen = open();
  if (child.connected) {
    child.disconnect();
  }
  return { client, report, leftOpen, exit: await exitOf(child, exited) };
}

async function reportOf(child: ChildProcess, exited: Promise<unknown>, ms: number): Promise<ClientReport | undefined> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ms);
  try {
    const message = once(child, 'message', { signal: late.signal }) as Promise<[ClientReport]>;
    return (await Promise.race([message, exited.then(() => [undefined] as const)]))[0];
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    late.abort();
  }
}

async function exitOf(child: ChildProcess, exited: Promise<[number | null]>): Promise<number | 'killed'> {
  const timer = setTimeout(() => child.kill('SIGKILL'), leaving);
  const [code] = await exited;
  clearTimeout(timer);
  return code ?? 'killed';
}
