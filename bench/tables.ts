import type { CallJob, CrowdJob } from './job';
import type { CrowdResults } from './rounds';
import type { CallResults } from './turns';

/** What one call costs: alone, and beside everything else, in ns and beside the floor of the same run. */
export function callTable(job: CallJob, alone: CallResults | undefined, warmed: CallResults | undefined): string[][] {
  const floor = job.cases[0]!.name;
  const beside = (results: CallResults | undefined, name: string) => {
    const ns = results?.[name];
    return ns === undefined ? ['', ''] : [figure(ns), `${(ns / results![floor]!).toFixed(2)}x`];
  };
  const head = ['', 'ns', 'to the floor', ...(warmed === undefined ? [] : ['warmed: ns', 'to the floor'])];
  const rows = job.cases.map(({ name, role }) => [
    role === 'ours' ? `**${name}**` : role === 'floor' ? `_${name}_` : name,
    ...beside(alone, name),
    ...(warmed === undefined ? [] : beside(warmed, name)),
  ]);
  return [head, ...rows];
}

/** What one of a crowd costs: a column for each figure and size. */
export function crowdTable(job: CrowdJob, results: CrowdResults): string[][] {
  const sizes = job.sizes.filter((size) => Object.values(results).some((each) => each[size] !== undefined));
  const columns = job.figures.flatMap(({ key, title, unit }) =>
    sizes.map((size) => ({ key, size, title: `${title}, ${unit}, ${exponent(size)}` })),
  );
  const rows = job.cases.map(({ name, role }) => [
    role === 'ours' ? `**${name}**` : role === 'floor' ? `_${name}_` : name,
    ...columns.map(({ key, size }) => {
      const found = results[name]?.[size]?.[key];
      return found === undefined ? '' : figure(found);
    }),
  ]);
  return [['', ...columns.map(({ title }) => title)], ...rows];
}

/** A table in Markdown, padded so that it can be read as it stands; after the first `words` columns, numbers on the right. */
export function markdown([head, ...rows]: string[][], words = 1): string {
  const widths = head!.map((_, column) => Math.max(3, ...[head!, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column < words ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column < words ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head!), rule, ...rows.map(line)].join('\n');
}

/** Three digits are all that such measurements tell. */
export function figure(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return Number(value.toPrecision(3)).toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function exponent(size: number): string {
  return size.toExponential(0).replace('+', '');
}
