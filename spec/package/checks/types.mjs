import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../program.mjs';

const compilers = ['ts60', 'ts54', 'ts59'];
const bothKinds = ['use.mts', 'use.cts'];
/** How imports are found, and which files can be written that way. A server that has no DOM takes fetch from Node. */
const ways = {
  node16: { module: 'node16', moduleResolution: 'node16', files: bothKinds },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext', files: bothKinds },
  bundler: { module: 'esnext', moduleResolution: 'bundler', files: ['use.mts'] },
  // Without "exports", as many projects still have it; deprecated in TypeScript 6.
  node10: { module: 'commonjs', moduleResolution: 'node10', files: ['rooms.ts'] },
  server: { module: 'nodenext', moduleResolution: 'nodenext', files: bothKinds, lib: ['es2022'], types: ['node'] },
};

/** Whether the types are accepted, as strictly as can be, by each compiler and in each way to find imports. */
export function types({ folder }) {
  copyFileSync(join(folder, 'use.mts'), join(folder, 'use.cts'));
  const configs = Object.entries(ways).map(([name, { files, ...own }]) => {
    const strictly = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, skipDefaultLibCheck: true };
    const compilerOptions = { noEmit: true, target: 'es2022', types: [], ...strictly, ...own };
    const config = `tsconfig.${name}.json`;
    writeFileSync(join(folder, config), JSON.stringify({ compilerOptions, files }));
    return config;
  });
  return compilers.map((compiler) => ({
    name: `${compiler.replace(/ts(.)(.)/, 'TypeScript $1.$2')} accepts the types with ${compiler === 'ts60' ? '' : 'node10, '}node16, nodenext, bundler, and without the DOM`,
    remedy:
      'look at "types" in the exports of package.json; an error in dist/ is one in src/ that other compilers forgive',
    run: () =>
      run(folder, process.execPath, 'compile.mjs', compiler, ...configs.filter((config) => isKnown(config, compiler))),
  }));
}

function isKnown(config, compiler) {
  return compiler !== 'ts60' || !config.includes('node10');
}
