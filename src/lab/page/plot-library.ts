/** What a page needs to draw plots. */
export interface PlotLibrary {
  readonly script: string;
  readonly style: string;
}

/**
 * uPlot as text. This reads it where it is installed; the build puts the text itself in place of this file, so that the
 * package needs nothing (see tsdown.config.ts).
 */
export function plotLibrary(): PlotLibrary {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { resolve } = createRequire(import.meta.url);
  const read = (name: string) => readFileSync(resolve(`uplot/dist/${name}`), 'utf8');
  return { script: read('uPlot.iife.min.js'), style: read('uPlot.min.css') };
}
