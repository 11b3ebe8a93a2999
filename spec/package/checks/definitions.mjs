import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { run } from '../program.mjs';

/** What a user looks for, and where an editor must land. */
const landings = {
  retryBackoff: 'src/retry/retry-backoff.ts',
  RateLimiter: 'src/limiter/rate-limiter.ts',
  perMinute: 'src/quota/limits.ts',
  RedisRateLimiter: 'src/redis/redis-rate-limiter.ts',
};

/** Whether "go to definition" ends in the TypeScript source, asked of the server that editors ask. */
export function definitions({ folder, library }) {
  return [
    {
      name: '"go to definition" ends in the TypeScript source, from ES modules and from CommonJS',
      remedy: 'declaration maps must be written (dts.sourcemap in tsdown.config.ts), and src must be in "files"',
      run: async () => {
        const printed = await run(folder, process.execPath, 'definitions.mjs', ...Object.keys(landings));
        const complaints = JSON.parse(printed).flatMap(({ name, file, at, line }) => {
          const landed = at && relative(library, at);
          const isThere = landed === landings[name] && existsSync(at) && lineOf(at, line).includes(name);
          return isThere ? [] : [`${name} in ${file} is found in ${landed}:${line}, not in ${landings[name]}`];
        });
        if (complaints.length > 0) {
          throw new Error(complaints.join('\n'));
        }
      },
    },
  ];
}

function lineOf(file, line) {
  return readFileSync(file, 'utf8').split('\n')[line - 1] ?? '';
}
