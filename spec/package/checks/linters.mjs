import { run } from '../program.mjs';

/** What linters of packages say. */
export function linters({ folder, tarball }) {
  const linted = (tool, ...words) => ({
    name: `${tool} finds nothing`,
    remedy: 'each finding names the field of package.json and links to what it means',
    run: () => run(folder, process.execPath, ...words, tarball),
  });
  return [
    linted('publint', 'node_modules/publint/src/cli.js', 'run', '--strict'),
    linted('are-the-types-wrong', 'node_modules/@arethetypeswrong/cli/dist/index.js', '--profile', 'strict'),
  ];
}
