import { type Figures, rules } from './comparison';
import { leastUsed, mostRefused, type Outcome } from './promises';
import { drawnPerSecond, drawnPlaces, type Hints, type Kind } from './settings';

/** What every rule came to, in the order of the rules, for each provider. */
export type Comparison = readonly (readonly [kind: Kind, hints: Hints, figures: readonly Figures[]])[];

export const percent = (share: number) => `${(100 * share).toFixed(share > 0.0005 && share < 0.0995 ? 1 : 0)} %`;
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

const kinds: Readonly<Record<Kind, string>> = {
  bucket: `${drawnPerSecond} requests a second, in a token bucket`,
  'tight bucket': `${drawnPerSecond} requests a second, one at a time`,
  minute: `${60 * drawnPerSecond} requests in each minute of the clock`,
  places: `${drawnPlaces} requests at once`,
};
const said: Readonly<Record<Hints, string>> = {
  all: 'a 429 says for how long, and responses say what is left',
  'retry-after': 'a 429 says for how long',
  none: 'a 429 says nothing',
};

const columns: readonly (readonly [title: string, cell: (figures: Figures) => string])[] = [
  ['sent a minute', ({ sent }) => sent.toFixed(0)],
  ['refused', ({ refused }) => percent(refused)],
  ['used of what is possible', ({ used }) => percent(used)],
  ['wait, median', ({ median }) => seconds(median)],
  ['wait, p99', ({ p99 }) => seconds(p99)],
  ['calls that failed', ({ failed }) => percent(failed)],
];

/** One table for each provider. */
export function comparisonText(comparison: Comparison): string {
  return comparison
    .map(([kind, hints, figures]) => {
      const rows = rules.map(({ name }, index) => [name, ...columns.map(([, cell]) => cell(figures[index]!))]);
      return `The provider takes ${kinds[kind]}; ${said[hints]}\n\n${aligned([['', ...columns.map(([title]) => title)], ...rows])}`;
    })
    .join('\n\n');
}

/** What the guide shows: what was refused and used where the provider says nothing. */
export function comparisonForGuide(comparison: Comparison): string {
  const silent = comparison.filter(([, hints]) => hints === 'none');
  const head = ['', ...silent.map(([kind]) => kinds[kind]), 'requests sent for an answer', 'calls that failed'];
  const rows = rules.map(({ name }, index) => {
    const figures = silent.map(([, , each]) => each[index]!);
    const cells = figures.map(({ used, refused }) => `${percent(used)} used, ${percent(refused)} refused`);
    const mean = (of: (each: Figures) => number) => figures.reduce((sum, each) => sum + of(each), 0) / figures.length;
    return [name, ...cells, mean(({ refused }) => 1 / (1 - refused)).toFixed(1), percent(mean(({ failed }) => failed))];
  });
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The settings in which a promise comes off worst. */
export function promiseText(title: string, outcomes: readonly Outcome[]): string {
  const byUse = [...outcomes].sort((one, other) => one.used - other.used)[0]!;
  const byRefusals = [...outcomes].sort((one, other) => other.refused - one.refused)[0]!;
  return [
    `${title}, in ${outcomes.length} settings`,
    `  least used ${percent(byUse.used)} (promised ${percent(leastUsed)}): ${byUse.setting.title}`,
    `  most refused ${percent(byRefusals.refused)} (promised ${percent(mostRefused)}): ${byRefusals.setting.title}`,
  ].join('\n');
}

/** The same as a sentence of the guide. */
export function promiseForGuide(what: string, outcomes: readonly Outcome[], seeds: number): string {
  const used = percent(Math.min(...outcomes.map((each) => each.used)));
  const refused = percent(Math.max(...outcomes.map((each) => each.refused)));
  return `${what}, in ${outcomes.length} settings with ${seeds} seeds each: at least ${used} used, at most ${refused} refused.`;
}

function aligned(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const pad = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
  return cells.map((row) => row.map(pad).join('  ')).join('\n');
}
