import type { ReportData } from '../report/report-data';
import { rowsOf } from '../report/rows';
import { drawing } from './drawing';
import { plotLibrary } from './plot-library';
import { style } from './style';

/** Reports side by side, as a page in one file. */
export function pageOf(reports: readonly ReportData[]): string {
  const { script, style: plotStyle } = plotLibrary();
  const title = reports.map(({ name }) => name).join(' and ');
  const data = reports.map(({ name, series }) => ({ name, series }));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${plotStyle}${style}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${tableIn(reports)}
<div id="plots"></div>
</main>
<script type="application/json" id="data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
<script>${script}</script>
<script>${drawing}</script>
</body>
</html>
`;
}

function tableIn(reports: readonly ReportData[]): string {
  const head = reports.map(({ name }) => `<th scope="col">${escaped(name)}</th>`).join('');
  const rows = rowsOf(reports).map(({ label, value }) => {
    const cells = reports.map((report) => `<td>${escaped(value(report) ?? '-')}</td>`).join('');
    return `<tr><th scope="row">${escaped(label)}</th>${cells}</tr>`;
  });
  return `<table><thead><tr><td></td>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
