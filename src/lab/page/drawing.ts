/** What draws the plots, in the page: the plots of all reports share their scales, so that they can be compared. */
export const drawing = `
const reports = JSON.parse(document.getElementById('data').textContent);
const plots = [
  { title: 'Calls per bucket', names: ['calls', 'answered', 'refused', 'failed'] },
  { title: 'Requests per bucket', names: ['requests', 'throttled'] },
  { title: 'Waiting and in flight', names: ['waiting', 'inFlight'] },
  { title: 'Wait in s', names: ['waitP50', 'waitP95'], factor: 0.001 },
  { title: 'Tokens billed per bucket', names: ['billed'] },
];
const hues = ['#0969da', '#1a7f37', '#bf8700', '#cf222e'];
const ink = () => getComputedStyle(document.body).color;
const line = () => getComputedStyle(document.documentElement).getPropertyValue('--line');
const clock = (s) => { const m = Math.floor(s / 60); return Math.floor(m / 60) + ':' + String(m % 60).padStart(2, '0') + (s % 60 ? ':' + String(Math.floor(s % 60)).padStart(2, '0') : ''); };
const figures = plots.flatMap((plot) => reports.map((report) => {
  const figure = document.createElement('figure');
  figure.setAttribute('role', 'img');
  figure.setAttribute('aria-label', plot.title + ', ' + report.name);
  document.getElementById('plots').append(figure);
  return figure;
}));
const width = Math.max(280, figures[0].clientWidth);
for (const { title, names, factor = 1 } of plots) {
  const most = Math.max(1e-9, ...reports.flatMap(({ series }) => names.flatMap((name) => series[name]))) * factor * 1.05;
  const longest = Math.max(...reports.map(({ series }) => series.time.at(-1) ?? 0)) / 1000;
  for (const { name: report, series } of reports) {
    const axis = { stroke: ink, grid: { stroke: line }, ticks: { stroke: line } };
    new uPlot(
      {
        title: reports.length > 1 ? title + ' · ' + report : title,
        width,
        height: 240,
        scales: { x: { time: false, range: [0, longest] }, y: { range: [0, most] } },
        series: [{ label: 'time', value: (_, s) => (s == null ? '-' : clock(s)) }, ...names.map((label, index) => ({ label, stroke: hues[index], width: 1.5 }))],
        axes: [{ ...axis, values: (_, all) => all.map(clock) }, { ...axis, size: 70 }],
      },
      [series.time.map((ms) => ms / 1000), ...names.map((name) => series[name].map((value) => value * factor))],
      figures.shift(),
    );
  }
}
`;
