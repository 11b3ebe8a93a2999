import type { Figures, Kind } from './job';

interface Column {
  readonly title: string;
  readonly unit?: string;
  readonly digits?: number;
}

/** What a figure is called, and how it is shown. */
const columns: Readonly<Record<string, Column>> = {
  ns: { title: 'processor, ns', unit: 'ns' },
  wall: { title: 'by the clock, ns', unit: 'ns' },
  ratio: { title: 'to its floor', unit: 'x', digits: 2 },
  over: { title: 'over its floor, ns', unit: 'ns' },
  bytes: { title: 'bytes', unit: 'B' },
  enter: { title: 'enter, ns', unit: 'ns' },
  leave: { title: 'let through, ns', unit: 'ns' },
  cancel: { title: 'give up, ns', unit: 'ns' },
  ms: { title: 'all, ms', unit: 'ms' },
  perSecond: { title: 'per second' },
  span: { title: 'span, s', digits: 2 },
  most: { title: 'most in 1 s', digits: 0 },
  tenth: { title: 'in 0.1 s', digits: 0 },
  apart: { title: 'shares apart, %' },
  scripts: { title: 'scripts', digits: 0 },
  server: { title: 'of the server, µs', unit: 'µs', digits: 0 },
  min: { title: 'minified, kB', digits: 2 },
  gzip: { title: 'gzip, kB', unit: 'kB', digits: 2 },
  limit: { title: 'at most', digits: 1 },
  toBeside: { title: 'to beside', unit: 'x', digits: 2 },
};

export interface Row {
  readonly name: string;
  readonly kind: Kind;
  readonly figures: Figures;
}

/** A table of a job, with those columns of which something was measured. */
export function tableOf(rows: readonly Row[], wanted: readonly string[]): string {
  const keys = wanted.filter((key) => rows.some(({ figures }) => isMeasured(figures[key])));
  const marks = { ours: '**', floor: '_', peer: '' };
  return markdown([
    ['', ...keys.map((key) => columns[key]!.title)],
    ...rows.map(({ name, kind, figures }) => [
      `${marks[kind]}${name}${marks[kind]}`,
      ...keys.map((key) => (isMeasured(figures[key]) ? number(key, figures[key]) : '')),
    ]),
  ]);
}

/** As in `3.10x` or `420 B`. */
export function shown(key: string, value: number): string {
  const { unit = '' } = columns[key]!;
  return `${number(key, value)}${unit === 'x' ? '' : ' '}${unit === 'x' ? '' : unit}`.trim();
}

/** A table in Markdown that can be read as it stands; numbers on the right. */
export function markdown([head, ...rows]: readonly string[][]): string {
  const widths = head!.map((_, column) => Math.max(3, ...[head!, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head!), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

function isMeasured(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}

/** Three digits are all that such measurements tell. */
function number(key: string, value: number): string {
  const size = Math.abs(value);
  const digits = columns[key]!.digits ?? (size >= 100 ? 0 : size >= 10 ? 1 : 2);
  const rounded = columns[key]!.digits === undefined ? Number(value.toPrecision(3)) : value;
  return `${rounded.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })}${key === 'ratio' || key === 'toBeside' ? 'x' : ''}`;
}
