import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawings, folder, nameOf } from '../marbles/drawing/pages';
import { diagrams } from '../marbles/index';
import { filesBelow } from './support/examples';

const files = drawings();

describe('the drawings of the diagrams', () => {
  it('are all there, and no others', () => {
    const there = readdirSync(folder);
    const missing = [...files.keys()].filter((name) => !there.includes(name));
    const superfluous = there.filter((name) => !files.has(name));
    expect({ missing, superfluous }, `${folder} is not what \`npm run marbles\` makes`).toEqual({ missing: [], superfluous: [] });
  });

  it.each([...files.keys()])(`${folder}/%s is what \`npm run marbles\` draws`, (name) => {
    expect(readFileSync(`${folder}/${name}`, 'utf8') === files.get(name), `${folder}/${name} is stale: npm run marbles`).toBe(true);
  });

  it('give each of their colours a value, on a light page and on a dark one', () => {
    for (const [name, drawing] of files) {
      const used = new Set([...drawing.matchAll(/"var\(--([\w-]+)\)"/g)].map(([, colour]) => colour));
      const styles = [...drawing.matchAll(/svg \{ (.*?) \}/g)].map(([, style]) => [...style!.matchAll(/--([\w-]+): #/g)]);
      const valued = styles.map((style) => new Set(style.map(([, colour]) => colour)));
      expect(valued, name).toEqual(name.endsWith('.svg') ? [used, used] : []);
    }
  });

  it('show at least six scenarios of every operator', () => {
    for (const [operator, scenarios] of Object.entries(diagrams)) {
      expect(scenarios.length, operator).toBeGreaterThanOrEqual(6);
    }
  });
});

describe('the drawings in README, guides and JSDoc', () => {
  const titles = new Map(
    Object.entries(diagrams).flatMap(([operator, scenarios]) =>
      scenarios.map(({ title }, index) => [nameOf(operator, index), title] as const),
    ),
  );
  const embedded = ['README.md', ...filesBelow('docs/guides', '.md'), ...filesBelow('src', '.ts')].flatMap((file) =>
    drawingsIn(readFileSync(file, 'utf8')).map((drawing) => ({ file, ...drawing })),
  );

  it('are those of the operators, each at least once', () => {
    const shown = new Set(embedded.map(({ name }) => name.replace(/-\d+$/, '')));
    const drawn = new Set([...titles.keys()].map((name) => name.replace(/-\d+$/, '')));
    expect(shown).toEqual(drawn);
  });

  it.each(embedded)('$name has the title of its scenario as its text in $file', ({ name, alternative }) => {
    expect(alternative).toBe(titles.get(name));
  });
});

/** The drawings that a page or a comment shows, with the text for those who do not see them. */
function drawingsIn(text: string): { name: string; alternative: string }[] {
  const plain = text.replace(/\n \* ?/g, ' '); // a long alternative text goes on in the next line of a comment
  const markdown = [...plain.matchAll(/!\[([^\]]*)\]\([^)]*\/marbles\/([^)]*)\.svg\)/g)];
  const html = [...plain.matchAll(/<img [^>]*alt="([^"]*)" src="docs\/marbles\/([^"]*)\.svg"/g)];
  return [...markdown, ...html].map(([, alternative, name]) => ({ name: name!, alternative: alternative! }));
}
