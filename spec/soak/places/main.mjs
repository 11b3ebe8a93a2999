// Runs the marbles in every place where the library is said to run, and the specs of the AI SDK with its next version, which needs
// a newer Node than we do; prints a table. Needs nothing built; what this machine lacks is installed in a folder that is
// removed at the end.
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrInstallBrowser, read, root, run } from '../../support/programs.mjs';
import { Packages } from './packages.mjs';

const majors = ['20', '22', '24', '26'];
/** The oldest that package.json allows. */
const oldestRxjs = '7.8.0';
/** ms that the marbles may take in one place. */
const patience = 120_000;

const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'spec/soak/places/vitest.config.mjs'];

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rxjs-resilience-places-')));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
process.once('SIGINT', () => process.exit(130));

const packages = new Packages(folder);
const own = { path: process.execPath, version: process.versions.node };
const rxjs = versionOfRxjs(root);

function inBrowser(name) {
  const kind = name.toLowerCase();
  return {
    name,
    visit: async (reports) => {
      const { path, version, major } = await findOrInstallBrowser(kind);
      const tests = await runMarbles(own.path, { browser: { kind, path, major } }, reports);
      return { versions: `${kind} ${version}, rxjs ${rxjs}`, tests };
    },
  };
}

function inNode(major) {
  const node = own.version.startsWith(`${major}.`) ? Promise.resolve(own) : packages.node(major);
  return {
    name: `Node ${major}`,
    needs: node,
    visit: async (reports) => {
      const { path, version } = await node;
      const tests = await runMarbles(path, { node: version, rxjs: root }, reports);
      return { versions: `node ${version}, rxjs ${rxjs}`, tests };
    },
  };
}

function withRxjs(wanted) {
  const home = packages.install('rxjs', wanted);
  return {
    name: `RxJS ${wanted}`,
    needs: home,
    visit: async (reports) => {
      const version = versionOfRxjs(await home);
      if (version !== wanted) {
        throw new Error(`npm installed rxjs ${version}`);
      }
      const tests = await runMarbles(own.path, { node: own.version, rxjs: await home }, reports);
      return { versions: `node ${own.version}, rxjs ${version}`, tests };
    },
  };
}

function withAiSdk(major, providers) {
  const home = packages.install('ai', major, `@ai-sdk/openai@${providers}`);
  const node = packages.node('22');
  return {
    name: `AI SDK ${major}`,
    isOfItsOwn: true,
    needs: Promise.all([home, node]),
    visit: async (reports) => {
      const { path, version } = await node;
      await checkTypes(path, await home);
      const testsOf = await runTests(path, { node: version, ai: await home }, reports);
      const tests = testsOf('resilient-middleware.spec.ts') + testsOf('stream-text.spec.ts');
      const { version: found } = read(await home, 'node_modules/ai/package.json');
      return { versions: `node ${version}, ai ${found}`, tests };
    },
  };
}

/** Compiles a program against the packages of a folder. */
async function checkTypes(node, home) {
  copyFileSync(join(root, 'spec/soak/places/guarded-model.ts'), join(home, 'guarded-model.ts'));
  const compilerOptions = { typeRoots: [join(root, 'node_modules/@types')] };
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['guarded-model.ts'] };
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify(config));
  const { isFine, said } = await run(node, ['node_modules/typescript/bin/tsc', '--noEmit', '-p', home], {
    timeout: patience,
  });
  if (!isFine) {
    throw new Error(said);
  }
}

function versionOfRxjs(home) {
  return read(home, 'node_modules/rxjs/package.json').version;
}

/** Runs the marbles with a Node; returns how many there were. */
async function runMarbles(node, place, folder) {
  const testsOf = await runTests(node, place, folder);
  const tests = testsOf('marbles.spec.ts');
  if (tests === 0 || (place.browser !== undefined && testsOf('http.ts') === 0)) {
    throw new Error('Not every test was run.');
  }
  return tests;
}

/** Runs tests with a Node; `place` is where they must find themselves. Returns what tells how many were in a file. */
async function runTests(node, place, folder) {
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const env = { PLACE: JSON.stringify(place), NO_COLOR: '1' };
  const { isFine, said } = await run(node, [...vitest, ...reporters], { env, timeout: patience });
  if (!isFine) {
    throw new Error(said);
  }
  const { numTotalTests, numPassedTests, testResults } = read(report);
  const testsOf = (file) => testResults.find(({ name }) => name.endsWith(file))?.assertionResults.length ?? 0;
  if (numPassedTests !== numTotalTests || testsOf('place.ts') === 0) {
    throw new Error(`${said}\nNot every test was run.`);
  }
  return testsOf;
}

async function result({ name, visit, isOfItsOwn = false }) {
  const reports = join(folder, name);
  mkdirSync(reports);
  const startedAt = Date.now();
  const found = await visit(reports).catch(({ message }) => ({ versions: '', tests: 0, message }));
  const time = `${((Date.now() - startedAt) / 1_000).toFixed(1)} s`;
  console.log(`${found.message === undefined ? '✓' : '✗'} ${name}, ${time}`);
  return { name, time, isOfItsOwn, ...found };
}

function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) {
    console.log(row.map((cell, column) => cell.padEnd(widths[column])).join('  '));
  }
}

// The browsers first: npm works meanwhile.
const places = [
  inBrowser('Chromium'),
  inBrowser('Firefox'),
  ...majors.map(inNode),
  withRxjs(oldestRxjs),
  withAiSdk('7', '4'),
];
for (const { needs } of places) {
  needs?.catch(() => undefined); // told when its place is visited
}
const results = [];
for (const place of places) {
  results.push(await result(place));
}

// Where there were fewer than elsewhere, some were not run.
const all = Math.max(...results.map(({ isOfItsOwn, tests }) => (isOfItsOwn ? 0 : tests)));
const isFine = ({ isOfItsOwn, message, tests }) => message === undefined && (isOfItsOwn ? tests > 0 : tests === all);
const failed = results.filter((each) => !isFine(each));
for (const { name, tests, message = `only ${tests} of ${all} marbles were run` } of failed) {
  console.log(`\n--- ${name} ---\n${message}`);
}
console.log('');
printTable([
  ['place', 'versions', 'tests', 'time', 'result'],
  ...results.map((each) => [each.name, each.versions, `${each.tests}`, each.time, isFine(each) ? 'passed' : 'FAILED']),
]);
console.log(`\nplaces: ${results.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
