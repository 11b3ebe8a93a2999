import { writeFileSync } from 'node:fs';
import { figuresOf, providers, rules } from './comparison';
import { crowd } from './crowd';
import { drawStrips, type Strip } from './drawing';
import { writeGuide } from './guide';
import { type Outcome, type Promised, promises, tryPromise } from './promises';
import { drawnPerSecond, limiting } from './settings';
import { type Comparison, comparisonForGuide, comparisonText, promiseForGuide, promiseText } from './tables';

// npm run control [seeds]     what limiters come to at providers that hide their limits, beside others; writes the guide and its picture

const seeds = Number(process.argv[2] ?? 20);
if (!Number.isInteger(seeds) || seeds < 1) {
  throw new RangeError(`Seeds must be a whole number of at least 1, got ${process.argv[2]}`);
}
const picture = 'docs/control.svg';

console.log(`200 callers that never stop, ${seeds} seeds; all of it in virtual time\n`);
const paced = await outcomesOf(promises.pace);
const placed = await outcomesOf(promises.aimd);
const comparison = await compared();
console.log(comparisonText(comparison));
writeFileSync(picture, await picturePainted());
writeGuide(
  [
    promiseForGuide('The pace', paced, seeds),
    promiseForGuide('`aimd()`', placed, seeds),
    '',
    comparisonForGuide(comparison),
  ].join('\n'),
);
console.log(`\nwritten: ${picture}, and the guide`);

async function outcomesOf(promised: Promised): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const setting of promised.settings) {
    outcomes.push(await tryPromise(promised, setting, seeds));
  }
  console.log(`${promiseText(promised.title, outcomes)}\n`);
  return outcomes;
}

async function compared(): Promise<Comparison> {
  const rows: Comparison[number][] = [];
  for (const [kind, hints] of providers) {
    const figures = [];
    for (const rule of rules) {
      figures.push(await figuresOf(rule, kind, hints, seeds));
    }
    rows.push([kind, hints, figures]);
  }
  return rows;
}

async function picturePainted(): Promise<string> {
  const setting = limiting('bucket', drawnPerSecond, 'none', 1_000, 5_000);
  const strips: Strip[] = [];
  for (const rule of rules) {
    strips.push({ name: rule.name, report: await crowd(rule, setting, { duration: 120 }) });
  }
  const title = `200 callers at a provider that takes ${drawnPerSecond} requests a second, and says nothing but 429`;
  return drawStrips(title, drawnPerSecond, strips);
}
