import { mkdirSync, writeFileSync } from 'node:fs';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { drawing, element, line, text } from '../marbles/drawing/svg';
import { type Theme, themes } from '../marbles/drawing/theme';
import type { CrowdJob, Figure, Role } from './job';
import type { CrowdResults } from './rounds';

const width = 840;
const height = 400;
const margin = { top: 84, right: 190, bottom: 52, left: 82 };
const labelHeight = 17;

const fonts = `
.title { font: 600 16px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, "DejaVu Sans", sans-serif }
.small { font: 11px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.ours { font-weight: 700 }
`;

interface Series {
  readonly name: string;
  readonly role: Role;
  readonly colour: string;
  readonly points: readonly { readonly size: number; readonly value: number }[];
}

/** Draws a figure of a job over the size of the crowd, once for each theme; returns the name without the theme. */
export function drawGrowth(job: CrowdJob, figure: Figure, results: CrowdResults, folder: URL): string {
  const name = `${job.name}-${figure.key}`;
  mkdirSync(folder, { recursive: true });
  for (const theme of themes) {
    const svg = drawn(`${job.title}: ${figure.title}`, job, figure, seriesOf(job, figure, results, theme), theme);
    writeFileSync(new URL(`${name}-${theme.name}.svg`, folder), svg);
  }
  return name;
}

/** Ours in the strongest colour, peers in one each, floors in grey. */
function seriesOf(job: CrowdJob, { key }: Figure, results: CrowdResults, theme: Theme): Series[] {
  const [first, ...others] = theme.marbles.map(([, edge]) => edge);
  let next = 0;
  return job.cases.flatMap(({ name, role }) => {
    const colour = role === 'floor' ? theme.muted : role === 'ours' ? first! : others[next++ % others.length]!;
    const sizes = Object.entries(results[name] ?? {});
    const points = sizes
      .map(([size, figures]) => ({ size: Number(size), value: figures[key] ?? 0 }))
      .filter(({ value }) => value > 0)
      .sort((one, other) => one.size - other.size);
    return points.length === 0 ? [] : [{ name, role, colour, points }];
  });
}

function drawn(title: string, job: CrowdJob, { unit }: Figure, series: readonly Series[], theme: Theme): string {
  const { document } = parseHTML('<html></html>');
  const steps = stepsAround(series.flatMap(({ points }) => points.map(({ value }) => value)));
  const ticks = { fontSize: 11, className: 'small' };
  const plot = Plot.plot({
    document: document as unknown as Document,
    width,
    height,
    marginTop: margin.top,
    marginRight: margin.right,
    marginBottom: margin.bottom,
    marginLeft: margin.left,
    x: { type: 'log', label: null },
    y: { type: 'log', label: null, domain: [steps[0]!, steps.at(-1)!] },
    marks: [
      Plot.gridX({ stroke: theme.grid, strokeOpacity: 1, ticks: job.sizes }),
      Plot.gridY({ stroke: theme.grid, strokeOpacity: 1, ticks: steps }),
      Plot.axisX({ ...ticks, ticks: job.sizes, tickFormat: grouped, tickSize: 5 }),
      Plot.axisY({
        ...ticks,
        ticks: steps,
        tickFormat: unit === 'ns' ? duration : (bytes) => `${grouped(bytes)} B`,
        tickSize: 0,
      }),
      ...[...series].reverse().flatMap(({ points, colour, role, name }) => [
        Plot.line(points, {
          x: 'size',
          y: 'value',
          stroke: colour,
          strokeWidth: role === 'ours' ? 3 : 1.7,
          strokeDasharray: isSecond(series, name) ? '2 5' : role === 'floor' ? '5 4' : 'none',
          strokeLinecap: 'round',
        }),
        Plot.dot(points, {
          x: 'size',
          y: 'value',
          r: role === 'ours' ? 4.5 : 3,
          fill: theme.card,
          stroke: colour,
          strokeWidth: 2,
        }),
      ]),
    ],
  });
  const x = plot.scale('x')!.apply;
  const y = plot.scale('y')!.apply;
  const end = (x(series.reduce((most, { points }) => Math.max(most, points.at(-1)!.size), 0)) as number) + 10;
  const labels = spread(series.map((each) => ({ each, y: y(each.points.at(-1)!.value) as number })));
  plot.querySelector('style')?.remove();
  return drawing(
    { title, width, height, theme, fonts },
    `\n${text(24, 40, title, { class: 'title', fill: theme.ink })}`,
    `\n${text(24, 62, `${unit === 'ns' ? 'processor time' : 'memory'} for each, over the number of ${job.of}; both logarithmic`, { class: 'small', fill: theme.muted })}`,
    element('g', { 'text-anchor': 'middle', fill: theme.muted, color: theme.muted }, `\n${plot.innerHTML}`),
    ...labels.flatMap(({ each: { name, colour, role, points }, y: top, at }) => [
      `\n${line((x(points.at(-1)!.size) as number) + 7, at, end + 8, top, { stroke: colour, 'stroke-width': 1, 'stroke-opacity': 0.5 })}`,
      text(end + 13, top + 4, name, { class: role === 'ours' ? 'small ours' : 'small', fill: colour }),
    ]),
  );
}

/** 1, 2, 5, 10, … from below the least to above the most; only powers of ten where there would be many. */
function stepsAround(values: readonly number[]): number[] {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.ceil(Math.log10(Math.max(...values)));
  const powers = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
  const all = (powers.length > 4 ? powers : powers.flatMap((power) => [power, 2 * power, 5 * power])).sort(
    (one, other) => one - other,
  );
  const first = all.filter((step) => step <= Math.min(...values)).length - 1;
  const last = all.findIndex((step) => step >= Math.max(...values));
  return all.slice(first, Math.max(first + 1, last) + 1);
}

/** Labels at the ends of their lines, but not over one another. */
function spread<T extends { readonly y: number }>(labels: readonly T[]): (T & { readonly at: number })[] {
  let free = margin.top - labelHeight;
  const down = [...labels]
    .sort((one, other) => one.y - other.y)
    .map((label) => {
      free = Math.max(label.y, free + labelHeight);
      return { ...label, y: free, at: label.y };
    });
  let below = height - margin.bottom + labelHeight;
  return down.reverse().map((label) => {
    below = Math.min(label.y, below - labelHeight);
    return { ...label, y: below };
  });
}

/** Whether it is ours, but not the first of ours. */
function isSecond(series: readonly Series[], name: string): boolean {
  return series.filter(({ role }) => role === 'ours').findIndex((each) => each.name === name) > 0;
}

function duration(ns: number): string {
  return ns >= 1e6 ? `${ns / 1e6} ms` : ns >= 1e3 ? `${ns / 1e3} µs` : `${ns} ns`;
}

function grouped(value: number): string {
  return value.toLocaleString('en');
}
