import { mkdirSync, writeFileSync } from 'node:fs';
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { drawing, element, line, text } from '../marbles/drawing/svg';
import { colour, marbleColours } from '../marbles/drawing/theme';
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
  readonly stroke: string;
  readonly points: readonly { readonly size: number; readonly value: number }[];
}

/** Draws a figure of a job over the size of the crowd; returns the name of the drawing. */
export function drawGrowth(job: CrowdJob, figure: Figure, results: CrowdResults, folder: URL): string {
  const name = `${job.name}-${figure.key}`;
  mkdirSync(folder, { recursive: true });
  const svg = drawn(`${job.title}: ${figure.title}`, job, figure, seriesOf(job, figure, results));
  writeFileSync(new URL(`${name}.svg`, folder), svg);
  return name;
}

/** Ours in the strongest colour, peers in one each, floors in grey. */
function seriesOf(job: CrowdJob, { key }: Figure, results: CrowdResults): Series[] {
  let next = 0;
  return job.cases.flatMap(({ name, role }) => {
    const stroke = role === 'floor' ? colour('muted') : marbleColours(role === 'ours' ? 0 : 1 + (next++ % 5))[1];
    const sizes = Object.entries(results[name] ?? {});
    const points = sizes
      .map(([size, figures]) => ({ size: Number(size), value: figures[key] ?? 0 }))
      .filter(({ value }) => value > 0)
      .sort((one, other) => one.size - other.size);
    return points.length === 0 ? [] : [{ name, role, stroke, points }];
  });
}

function drawn(title: string, job: CrowdJob, { unit }: Figure, series: readonly Series[]): string {
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
      Plot.gridX({ stroke: colour('grid'), strokeOpacity: 1, ticks: job.sizes }),
      Plot.gridY({ stroke: colour('grid'), strokeOpacity: 1, ticks: steps }),
      Plot.axisX({ ...ticks, ticks: job.sizes, tickFormat: grouped, tickSize: 5 }),
      Plot.axisY({
        ...ticks,
        ticks: steps,
        tickFormat: unit === 'ns' ? duration : (bytes) => `${grouped(bytes)} B`,
        tickSize: 0,
      }),
      ...[...series].reverse().flatMap(({ points, stroke, role, name }) => [
        Plot.line(points, {
          x: 'size',
          y: 'value',
          stroke,
          strokeWidth: role === 'ours' ? 3 : 1.7,
          strokeDasharray: isSecond(series, name) ? '2 5' : role === 'floor' ? '5 4' : 'none',
          strokeLinecap: 'round',
        }),
        Plot.dot(points, {
          x: 'size',
          y: 'value',
          r: role === 'ours' ? 4.5 : 3,
          fill: colour('card'),
          stroke,
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
    { title, width, height, fonts },
    `\n${text(24, 40, title, { class: 'title', fill: colour('ink') })}`,
    `\n${text(24, 62, `${unit === 'ns' ? 'processor time' : 'memory'} for each, over the number of ${job.of}; both logarithmic`, { class: 'small', fill: colour('muted') })}`,
    element('g', { 'text-anchor': 'middle', fill: colour('muted'), color: colour('muted') }, `\n${plot.innerHTML}`),
    ...labels.flatMap(({ each: { name, stroke, role, points }, y: top, at }) => [
      `\n${line((x(points.at(-1)!.size) as number) + 7, at, end + 8, top, { stroke, 'stroke-width': 1, 'stroke-opacity': 0.5 })}`,
      text(end + 13, top + 4, name, { class: role === 'ours' ? 'small ours' : 'small', fill: stroke }),
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
