// The first step of npm run release:publish: what a registry must be told.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Why this must not be published; undefined if it may be. */
export function objectionTo({ repository }) {
  return repository?.url === undefined
    ? 'release:publish: package.json names no repository: run `npm run release:origin https://github.com/owner/name` first'
    : undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const objection = objectionTo(JSON.parse(readFileSync('package.json', 'utf8')));
  if (objection !== undefined) {
    console.error(objection);
    process.exitCode = 1;
  }
}
