const { ROOM: room, SAMPLE_SIZE: sample } = process.env;

/** For one room at a time: see main.mjs. */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'spec/mutation/vitest.config.ts', related: false },
  plugins: ['@stryker-mutator/*', './spec/mutation/plugins.mjs'],
  checkers: sample === undefined ? [] : ['sample'],
  ignorePatterns: ['dist', 'reports', 'coverage', '.examples'],
  coverageAnalysis: 'perTest',
  // What is made once, when a file is loaded, cannot be broken for one test.
  ignoreStatic: true,
  timeoutMS: 10_000,
  concurrency: 2,
  reporters: ['survivors', 'clear-text', 'html', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: `reports/mutation/${room}.json` },
  htmlReporter: { fileName: `reports/mutation/${room}.html` },
  tempDirName: '.stryker-tmp',
};
