// npm run site:build: the reference of all exports, then the site from docs/ with it, into reports/site.
import { spawnSync } from 'node:child_process';

/** Runs a program of a package that is installed; ends with its exit code if it fails. */
function run(program, ...given) {
  const { status } = spawnSync(process.execPath, [`node_modules/${program}`, ...given], { stdio: 'inherit' });
  if (status !== 0) {
    process.exit(status ?? 1);
  }
}

run('typedoc/bin/typedoc');
run('vitepress/bin/vitepress.js', 'build', 'docs');
