import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const url = 'https://github.com/owner/name';

describe('npm run release:origin', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rxjs-resilience-origin-'));
    for (const file of ['package.json', 'README.md']) {
      copyFileSync(file, join(folder, file));
    }
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function run(script: string, ...words: string[]): string {
    try {
      return execFileSync(process.execPath, [resolve('release', script), ...words], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      return String((error as { stderr: unknown }).stderr);
    }
  }
  const text = (file: string) => readFileSync(join(folder, file), 'utf8');
  const links = () => [...text('README.md').matchAll(/\]\(([^)#\s]+)|(?:srcset|src)="([^"]+)"/g)].map(([, link, image]) => link ?? image!);

  it('sets repository, homepage and bugs, and makes every link of the README absolute', () => {
    expect(run('origin.mjs', url)).toBe(`package.json and README.md name ${url}\n`);
    expect(JSON.parse(text('package.json'))).toMatchObject({
      repository: { type: 'git', url: `git+${url}.git` },
      homepage: `${url}#readme`,
      bugs: `${url}/issues`,
    });
    expect(links().filter((link) => !/^https:/.test(link))).toEqual([]);
    expect(links()).toContain(`${url}/blob/HEAD/docs/README.md`);
    expect(links().some((link) => link.startsWith(`${url}/raw/HEAD/docs/`) && link.endsWith('.svg'))).toBe(true);
  });

  it('can be run again, with the same url or another one', () => {
    run('origin.mjs', url);
    const once = [text('package.json'), text('README.md')];
    run('origin.mjs', `${url}.git`);
    expect([text('package.json'), text('README.md')]).toEqual(once);
    run('origin.mjs', 'https://example.org/group/part/other/');
    expect(text('README.md')).not.toContain(url);
    expect(links()).toContain('https://example.org/group/part/other/blob/HEAD/docs/README.md');
    expect(JSON.parse(text('package.json')).repository.url).toBe('git+https://example.org/group/part/other.git');
  });

  it.each([[], ['http://github.com/owner/name'], ['https://github.com/owner'], ['owner/name']])('refuses %s', (...words: string[]) => {
    expect(run('origin.mjs', ...words)).toBe(`release:origin: url must be like https://github.com/owner/name, got ${words[0]}\n`);
  });

  it('is asked for by release:publish, which fails without a repository', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    expect(scripts['release:publish']).toMatch(/^node release\/check\.mjs && /);
    expect(run('check.mjs')).toContain('package.json names no repository: run `npm run release:origin');
    run('origin.mjs', url);
    expect(run('check.mjs')).toBe('');
  });
});
