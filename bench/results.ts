import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { markdown } from './tables';
import { targets as inPlan } from './targets';

/** Both seen from the compiled bench. */
const file = new URL('../../RESULTS.md', import.meta.url);
const modules = new URL('../../../node_modules/', import.meta.url);

/** Puts the table of a job in its place in RESULTS.md, with the date and the machine, and renews the targets of the job. */
export function writeResults(name: string, table: string, targets: readonly string[][]): void {
  const on = `Measured on ${new Date().toISOString().slice(0, 10)}, ${machine()}.`;
  const text = withTable(readFileSync(file, 'utf8'), name, `${on}\n\n${table}`);
  const known = new Map(rowsOf(text, 'targets').map((row) => [row[0], row]));
  for (const row of targets) {
    known.set(row[0], row);
  }
  const rows = inPlan.map(({ what }) => known.get(what)).filter((row) => row !== undefined);
  const all = markdown([['what', 'measured', 'to reach', 'aim'], ...rows] as string[][]);
  writeFileSync(file, withTable(text, 'targets', all));
}

function withTable(text: string, name: string, table: string): string {
  const [before, inside, after] = parts(text, name);
  return inside === undefined ? text : `${before}\n\n${table}\n\n${after}`;
}

/** Rows of a table without its head. */
function rowsOf(text: string, name: string): string[][] {
  const lines = (parts(text, name)[1] ?? '').split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What stands before a table, in its place, and behind it; only the text if it has no place. */
function parts(text: string, name: string): string[] {
  const [start, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(start) + start.length, text.indexOf(end)];
  return to < 0 ? [text] : [text.slice(0, from), text.slice(from, to), text.slice(to)];
}

function machine(): string {
  const model = cpus()[0]?.model.trim() || 'an unknown processor';
  const versions = ['rxjs', 'ioredis', 'cockatiel', 'bottleneck', 'rate-limiter-flexible'].map(
    (name) => `${name} ${JSON.parse(readFileSync(new URL(`${name}/package.json`, modules), 'utf8')).version}`,
  );
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores of ${model}, ${memory} GB, Node ${process.versions.node}, ${versions.join(', ')}`;
}
