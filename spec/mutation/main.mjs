// Breaks src/ in thousands of small ways, room by room, and looks whether the specs of that room notice.
// npm run mutate                              all rooms
// npm run mutate -- quota                     one room, or several
// npm run mutate -- client --sample 300       so many of its mutants, drawn by chance; --seed 2 draws others
// npm run mutate -- quota --concurrency 1     on one core
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** Not those that need a server. */
const all = readdirSync('src').filter((room) => !room.includes('.') && room !== 'redis');
/** The share of mutants that must be noticed, in per cent. */
const least = 90;

const { positionals: rooms, values } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: 'string' }, seed: { type: 'string', default: '1' }, concurrency: { type: 'string' } },
});
const unknown = rooms.find((room) => !all.includes(room));
if (unknown !== undefined) {
  throw new Error(`There is no room ${unknown}; there are ${all.join(', ')}`);
}
for (const name of ['sample', 'concurrency']) {
  if (values[name] !== undefined && !/^[1-9]\d*$/.test(values[name])) {
    throw new Error(`--${name} must be a whole number above 0, got ${values[name]}`);
  }
}

const results = [];
for (const room of rooms.length === 0 ? all : rooms) {
  results.push(mutated(room));
}
console.log(`\n${['room', 'mutants', 'killed', 'timed out', 'survived', 'not covered', 'score'].map(cell).join('')}`);
for (const { room, counts, score } of results) {
  const { total, Killed, Timeout, Survived, NoCoverage } = counts;
  console.log([room, total, Killed, Timeout, Survived, NoCoverage, `${score.toFixed(1)} %`].map(cell).join(''));
}
const weak = results.filter(({ score }) => !(score >= least));
console.log(
  weak.length === 0 ? `\nall at ${least} % or more` : `\nbelow ${least} %: ${weak.map(({ room }) => room).join(', ')}`,
);
process.exitCode = weak.length === 0 ? 0 : 1;

function mutated(room) {
  const report = `reports/mutation/${room}.json`;
  rmSync(report, { force: true });
  // A sample would leave behind that the others cannot be tried.
  const known = ['--incremental', '--incrementalFile', `reports/mutation/${room}-known.json`];
  const flags = [
    ...['--mutate', `src/${room}/**/*.ts`],
    ...(values.concurrency === undefined ? [] : ['--concurrency', values.concurrency]),
    ...(values.sample === undefined ? known : []),
  ];
  const sample = values.sample === undefined ? {} : { SAMPLE_SIZE: values.sample, SAMPLE_SEED: values.seed };
  spawnSync('npx', ['stryker', 'run', 'spec/mutation/stryker.config.mjs', ...flags], {
    stdio: 'inherit',
    env: { ...process.env, ROOM: room, ...sample },
  });
  const files = existsSync(report) ? Object.values(JSON.parse(readFileSync(report, 'utf8')).files) : [];
  const statuses = files.flatMap(({ mutants }) => mutants.map(({ status }) => status));
  const count = (status) => statuses.filter((each) => each === status).length;
  const [Killed, Timeout, Survived, NoCoverage] = ['Killed', 'Timeout', 'Survived', 'NoCoverage'].map(count);
  const total = Killed + Timeout + Survived + NoCoverage;
  return { room, counts: { total, Killed, Timeout, Survived, NoCoverage }, score: (100 * (Killed + Timeout)) / total };
}

function cell(value) {
  return String(value).padEnd(13);
}
