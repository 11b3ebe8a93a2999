import type { Verdict } from './judge';
import type { Result } from './perform';

/** Both runs, side by side. */
export function tableOf(results: readonly Result[]): string {
  const rows: (readonly [name: string, value: (result: Result) => string])[] = [
    ['answers that are whole and right', countOf('right')],
    ['answers with text typed twice', countOf('repeated')],
    ['answers cut short, and nobody said so', countOf('cut short')],
    ['answers lost to an error', countOf('lost')],
    ['requests sent', ({ requests }) => String(requests)],
    ['429s received', ({ throttled }) => String(throttled)],
    ['tokens spent', ({ spent }) => String(spent)],
    ['tokens wasted', ({ spent, useful }) => `${spent - useful} (${Math.round((100 * (spent - useful)) / spent)} %)`],
    ['streams left open, still being billed', ({ leftOpen }) => String(leftOpen ?? '?')],
    ['seconds', ({ seconds }) => seconds.toFixed(1)],
  ];
  const cells = [
    ['', ...results.map(({ title }) => title)],
    ...rows.map(([name, value]) => [name, ...results.map(value)]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map((row) => row.map((text, column) => pad(text, widths[column]!, column)).join(' │ '));
  return [lines[0], widths.map((width) => '─'.repeat(width)).join('─┼─'), ...lines.slice(1)].join('\n');
}

function countOf(verdict: Verdict): (result: Result) => string {
  return ({ answers }) => String(answers.filter((answer) => answer.verdict === verdict).length);
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
