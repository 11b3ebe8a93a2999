import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { allExamples, filesBelow, writeExamples } from './support/examples';

const folder = resolve('.examples', 'compiled');
const examples = allExamples();
const files = writeExamples(folder, examples);

describe('the examples in README, guides and JSDoc', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are found', () => {
    expect(examples.length).toBeGreaterThan(10);
  });

  it('each have a file of their own', () => {
    expect(new Set(files).size).toBe(files.length);
  });

  it('compile', { timeout: 120_000 }, () => {
    const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
    const complaints = ts.getPreEmitDiagnostics(ts.createProgram(files, options)).map(({ file, messageText }) => {
      const example = examples[files.indexOf(file?.fileName ?? '')];
      return `${example?.at ?? file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
    expect(complaints).toEqual([]);
  });
});

describe('the documents', () => {
  const guides = filesBelow('docs/guides', '.md');
  const documents = ['README.md', 'AGENTS.md', 'llms.txt', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...filesBelow('docs', '.md').filter((name) => !/^docs\/(?:reference|diagrams)\//.test(name))];
  const linksOf = (document: string) =>
    [...readFileSync(document, 'utf8').matchAll(/\]\(([^)#\s]+)|(?:srcset|src|href)="([^"#]+)/g)].map(([, link, image]) =>
      decodeURI(link ?? image!),
    );

  it.each(documents)('%s links to what exists', (document) => {
    const local = linksOf(document).filter((link) => !/^[a-z]+:/.test(link));
    expect(local.filter((link) => !existsSync(join(dirname(document), link)))).toEqual([]);
  });

  it('name every guide in llms.txt, and every entry point in AGENTS.md', () => {
    expect(guides.filter((guide) => !linksOf('llms.txt').includes(guide))).toEqual([]);
    const entries = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).exports).filter((entry) => !entry.endsWith('.json'));
    const agents = readFileSync('AGENTS.md', 'utf8');
    expect(entries.filter((entry) => !agents.includes(`\`rxjs-resilience${entry.slice(1)}\``))).toEqual([]);
  });

  it('name every guide in their index', () => {
    const named = linksOf('docs/README.md').map((link) => join('docs', link));
    expect(guides.filter((guide) => !named.includes(guide))).toEqual([]);
  });
});
