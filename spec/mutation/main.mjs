// Breaks src/ in thousands of small ways, room by room, and looks whether the specs of that room notice.
// npm run mutate             all rooms
// npm run mutate -- quota    one room, or several
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';

/** Not those that need a server. */
const all = readdirSync('src').filter((room) => !room.includes('.') && room !== 'redis');
/** The share of mutants that must be noticed, in per cent. */
const least = 90;

const rooms = process.argv.slice(2);
const unknown = rooms.find((room) => !all.includes(room));
if (unknown !== undefined) {
  throw new Error(`There is no room ${unknown}; there are ${all.join(', ')}`);
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
  const flags = [
    '--mutate',
    `src/${room}/**/*.ts`,
    '--incremental',
    '--incrementalFile',
    `reports/mutation/${room}-known.json`,
  ];
  spawnSync('npx', ['stryker', 'run', 'spec/mutation/stryker.config.mjs', ...flags], {
    stdio: 'inherit',
    env: { ...process.env, ROOM: room },
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
