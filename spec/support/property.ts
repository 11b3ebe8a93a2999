import fc from 'fast-check';

export { fc };

const { PROPERTY_RUNS, PROPERTY_SEED } = process.env;

// The same traces in every run, so that what breaks a build is a change; others each time for a soak.
fc.configureGlobal({ seed: PROPERTY_SEED === 'random' ? Date.now() : Number(PROPERTY_SEED ?? 1) });

/** How often a property is tried: so many times, or a multiple of that where `PROPERTY_RUNS` asks for a long soak. */
export function runs(count: number): number {
  return Math.ceil(count * Number(PROPERTY_RUNS ?? 1));
}
