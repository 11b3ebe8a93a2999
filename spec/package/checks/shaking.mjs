import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../program.mjs';

/** For each room, a text that no other room has, and that no bundler changes: the name of an option that it checks. */
const marks = {
  retry: 'onLongRetryAfter',
  breaker: 'recoveryTimeout',
  limiter: 'maxPause',
  budget: 'maxTokensPerRequest',
  client: 'onStatus',
};

/** What is imported, and the rooms that this may bring along. */
const programs = [
  { imported: ['retryBackoff'], rooms: ['retry'] },
  { imported: ['circuitBreak', 'CircuitBreaker'], rooms: ['breaker'] },
  { imported: ['rateLimit', 'RateLimiter'], rooms: ['limiter'] },
  { imported: ['tokenBudget', 'TokenBudget'], rooms: ['budget'] },
  { imported: ['fromStream', 'coalesceTime'], rooms: [] },
  // If this one lacks a room, its mark is out of date, and the others prove nothing.
  { imported: ['ResilientClient', 'keyed'], rooms: Object.keys(marks) },
];

/** Whether a bundler drops what is not imported. */
export function shaking({ folder }) {
  const files = programs.map(({ imported }) => {
    const file = `only-${imported[0]}.mjs`;
    const names = imported.join(', ');
    writeFileSync(join(folder, file), `import { ${names} } from 'rxjs-resilience';\nconsole.log(${names});\n`);
    return file;
  });
  return ['webpack', 'vite', 'rollup', 'esbuild'].map((bundler) => ({
    name: `${bundler} bundles no room that is not imported`,
    remedy:
      'see what src/ imports from another room, what runs when a module is loaded, and "sideEffects" in package.json; or bring the marks in spec/package/checks/shaking.mjs up to date',
    run: async () => {
      const bundles = (await run(folder, process.execPath, 'bundle.mjs', bundler, '@rxjs', ...files))
        .trim()
        .split('\n');
      const complaints = programs.flatMap((program, index) =>
        complaintsAbout(program, readFileSync(join(folder, bundles[index]), 'utf8')),
      );
      if (complaints.length > 0) {
        throw new Error(complaints.join('\n'));
      }
    },
  }));
}

function complaintsAbout({ imported, rooms }, code) {
  return Object.entries(marks)
    .filter(([room, mark]) => rooms.includes(room) !== code.includes(mark))
    .map(([room]) => `{ ${imported.join(', ')} } ${rooms.includes(room) ? 'lacks' : 'brings along'} the ${room}`);
}
