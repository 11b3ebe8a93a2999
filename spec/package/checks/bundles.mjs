import { run, runScript } from '../program.mjs';

/** Whether what bundlers make of a program with the library does what the program does. */
export function bundles({ folder }) {
  return ['webpack', 'vite', 'rollup', 'esbuild'].map((bundler) => ({
    name: `${bundler} makes bundles of both entries, from ES modules and CommonJS, that run`,
    remedy: `run node spec/package/user/bundle.mjs ${bundler} in a folder with the tarball; it asks for other "exports" than Node does`,
    run: async () => {
      // rollup itself reads no CommonJS.
      const programs = ['use.mjs', 'shared.mjs', ...(bundler === 'rollup' ? [] : ['use.cjs', 'shared.cjs'])];
      const made = await run(folder, process.execPath, 'bundle.mjs', bundler, ...programs);
      const files = made.trim().split('\n');
      if (files.length !== programs.length) {
        throw new Error(`${bundler} said: ${made}`);
      }
      await Promise.all(files.map((file) => runScript(folder, file)));
    },
  }));
}
