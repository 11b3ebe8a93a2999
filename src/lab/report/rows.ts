import type { Percentiles } from './histogram';
import type { ReportData } from './report-data';

/** A line of the table: what it is, and its value in a report; undefined where a report has none. */
export interface Row {
  readonly label: string;
  readonly value: (report: ReportData) => string | undefined;
}

/** All lines that at least one of the reports has something for. */
export function rowsOf(reports: readonly ReportData[]): Row[] {
  const rows = [...general, ...named('refused: ', ({ refused }) => refused, whole)];
  rows.push(...named('failed: ', ({ failures }) => failures, whole), ...durations, ...provider);
  rows.push(
    ...named(
      'used of ',
      ({ utilisation }) => utilisation,
      ({ mean, max }) => `${share(mean)} (max ${share(max)})`,
    ),
  );
  rows.push(
    ...named(
      'tenant ',
      ({ tenants }) => tenants,
      ({ answered, wait }) => `${whole(answered)} answered, waited ${time(wait.p50)} (p95 ${time(wait.p95)})`,
    ),
  );
  rows.push({ label: 'the guard that binds', value: ({ binds }) => (binds === undefined ? 'none' : bindingIn(binds)) });
  return rows.filter(({ value }) => reports.some((report) => value(report) !== undefined));

  function named<V>(
    prefix: string,
    read: (report: ReportData) => { readonly [name: string]: V },
    show: (value: V) => string,
  ): Row[] {
    const names = new Set(reports.flatMap((report) => Object.keys(read(report))));
    return [...names].map((name) => ({
      label: `${prefix}${name}`,
      value: (report) => {
        const value = read(report)[name];
        return value === undefined ? undefined : show(value);
      },
    }));
  }
}

const general: readonly Row[] = [
  { label: 'calls', value: ({ calls }) => whole(calls) },
  { label: 'answered', value: ({ answered, calls }) => `${whole(answered)} (${share(answered / Math.max(1, calls))})` },
  { label: 'failed', value: ({ failed }) => whole(failed) },
  { label: 'never ended', value: ({ unfinished }) => (unfinished === 0 ? undefined : whole(unfinished)) },
  { label: 'all had ended after', value: ({ ended }) => time(ended) },
];

const durations: readonly Row[] = [
  { label: 'wait p50 / p95 / p99', value: ({ wait }) => percentiles(wait) },
  { label: 'first token p50 / p95 / p99', value: ({ firstToken }) => percentiles(firstToken) },
  { label: 'whole answer p50 / p95 / p99', value: ({ whole: answer }) => percentiles(answer) },
];

const provider: readonly Row[] = [
  { label: 'requests sent', value: ({ requests }) => whole(requests) },
  { label: 'most in a second', value: ({ peakPerSecond }) => whole(peakPerSecond) },
  { label: '429s', value: ({ throttled }) => whole(throttled) },
  { label: 'retries', value: ({ retries }) => whole(retries) },
  { label: 'hedges', value: ({ hedges }) => whole(hedges) },
  { label: 'tokens billed', value: ({ tokens }) => whole(tokens.billed) },
  {
    label: 'tokens wasted',
    value: ({ tokens }) => `${whole(tokens.wasted)} (${share(tokens.wasted / Math.max(1, tokens.billed))})`,
  },
  { label: 'cost', value: ({ cost }) => cost?.toFixed(2) },
];

function bindingIn({ guard, limit, calls }: NonNullable<ReportData['binds']>): string {
  return `${limit ?? guard}, ${whole(calls)} calls`;
}

function percentiles({ p50, p95, p99 }: Percentiles): string {
  return [p50, p95, p99].map(time).join(' / ');
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function share(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

/** In the unit in which one reads it. */
function time(ms: number): string {
  if (ms < 1_000) {
    return `${Math.round(ms)} ms`;
  }
  return ms < 600_000
    ? `${(ms / 1_000).toFixed(1)} s`
    : ms < 36_000_000
      ? `${(ms / 60_000).toFixed(1)} min`
      : `${(ms / 3_600_000).toFixed(1)} h`;
}
