import type { ReportData } from './report-data';
import { rowsOf } from './rows';

/** Reports side by side, as text. */
export function tableOf(reports: readonly ReportData[]): string {
  const head = ['', ...reports.map(({ name }) => name)];
  const rows = rowsOf(reports).map(({ label, value }) => [label, ...reports.map((report) => value(report) ?? '-')]);
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const padded = lines.map((line) => {
    const cells = line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)));
    return cells.join('  ').trimEnd();
  });
  return padded.join('\n');
}
