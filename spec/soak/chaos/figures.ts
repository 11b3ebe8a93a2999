import { closingTimes } from './judge/calls';
import { casesOf, type Evidence } from './judge/evidence';
import type { ChaosServer } from './server';

/** A name and what there is to say. */
export type Figure = readonly [name: string, value: string | number];

export function figuresOf(evidence: Evidence, mostOpen: number): readonly Figure[] {
  const cases = casesOf(evidence);
  const calls = cases.flatMap(({ report }) => report.calls);
  const times = cases.flatMap(closingTimes).sort((a, b) => a - b);
  return [
    ['calls', calls.length],
    ...counted(calls.map(({ outcome, error }) => `  ${outcome}${outcome === 'failed' ? `, ${error?.name}` : ''}`)),
    ['attempts', cases.reduce((sum, { joined }) => sum + joined.length, 0)],
    ['requests that arrived', evidence.exchanges.length],
    ...counted(evidence.exchanges.map(({ fault }) => `  ${fault}`)),
    [
      'openings of breakers',
      cases.reduce(
        (sum, { report }) => sum + report.turns.filter(({ openUntil }) => openUntil !== undefined).length,
        0,
      ),
    ],
    ['requests open at once, at most', mostOpen],
    ['stop → connection closed, p50', `${quantile(times, 0.5)} ms`],
    ['  p99', `${quantile(times, 0.99)} ms`],
    ['  of so many', times.length],
    ['longest delay of an event loop', `${evidence.lag} ms`],
  ];
}

export function tableOf(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(([name]) => name.length));
  const right = Math.max(...figures.map(([, value]) => String(value).length));
  return figures.map(([name, value]) => `${name.padEnd(width)} │ ${String(value).padStart(right)}`).join('\n');
}

function counted(names: readonly string[]): Figure[] {
  const counts = new Map<string, number>();
  for (const name of names) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Shows how things stand: in one line that changes on a terminal, else in a line every 5 s. Returns what ends it. */
export function showProgress(server: ChaosServer): () => void {
  const { stdout } = process;
  const startedAt = Date.now();
  const show = () => {
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    const line = `${seconds} s: ${server.exchanges.length} requests, ${server.open.size} open, ${server.sockets.size} connections`;
    stdout.write(stdout.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  };
  const timer = setInterval(show, stdout.isTTY ? 250 : 5_000);
  return () => {
    clearInterval(timer);
    stdout.write(stdout.isTTY ? '\r\u001b[K' : '');
  };
}
