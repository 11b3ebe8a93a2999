import { join } from 'node:path';
import { read, run } from './program.mjs';

/** ms that the marbles may take in one place. */
const patience = 120_000;

const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'spec/places/vitest.config.mjs'];

/** Runs the marbles with a Node; `place` is where they must find themselves. Returns how many there were. */
export async function runMarbles(node, place, folder) {
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const env = { PLACE: JSON.stringify(place), NO_COLOR: '1' };
  const { isFine, said } = await run(node, [...vitest, ...reporters], { env, timeout: patience });
  if (!isFine) {
    throw new Error(said);
  }
  const { numTotalTests, numPassedTests, testResults } = read(report);
  const testsOf = (file) => testResults.find(({ name }) => name.endsWith(file))?.assertionResults.length ?? 0;
  const tests = testsOf('marbles.spec.ts');
  if (numPassedTests !== numTotalTests || testsOf('place.ts') === 0 || tests === 0) {
    throw new Error(`${said}\nNot every test was run.`);
  }
  return tests;
}
