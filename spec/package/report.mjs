/**
 * Carries out checks, some at a time, with a line for each. A check is `{ name, remedy, run }`: what is looked at, what
 * to do when it fails, and a function that throws what it found.
 */
export async function carryOut(checks, atOnce) {
  const left = [...checks];
  let failures = 0;
  const next = async () => {
    for (let check = left.shift(); check !== undefined; check = left.shift()) {
      const hasPassed = await passes(check); // by itself, for others count meanwhile
      failures += hasPassed ? 0 : 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  return failures;
}

/** Carries out one check, prints how it ended, and tells whether it passed. */
export async function passes({ name, remedy, run }) {
  const begun = performance.now();
  try {
    await run();
  } catch (error) {
    console.error(`✗ ${name}\n${indented(error.message ?? String(error))}\n  → ${remedy}`);
    return false;
  }
  console.log(`✓ ${name} (${((performance.now() - begun) / 1_000).toFixed(1)} s)`);
  return true;
}

function indented(text) {
  return text.replace(/^/gm, '    ');
}
