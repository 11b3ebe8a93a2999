import { readFileSync, writeFileSync } from 'node:fs';

const guide = 'docs/guides/unknown-limits.md';
const [begin, end] = ['<!-- npm run control -->', '<!-- end of npm run control -->'];

/** Puts into the guide what was found. */
export function writeGuide(found: string): void {
  const text = readFileSync(guide, 'utf8');
  const [before, after] = [text.split(begin)[0]!, text.split(end)[1]!];
  writeFileSync(guide, `${before}${begin}\n${found}\n${end}${after}`);
}
