import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import type { Markdown, Token } from './markdown';

/**
 * What lies outside of docs/ is no page of the site: such a link leads into the repository, or is plain text as long as
 * nobody has said where that is (`npm run release:origin`). The README of a folder of docs/ is its index.
 */
export function repositoryLinks({ core }: Markdown, manifest: string): void {
  const { homepage } = JSON.parse(readFileSync(manifest, 'utf8')) as { homepage?: string };
  const origin = homepage?.replace(/#.*$/, '');
  core.ruler.push('repository-links', ({ tokens, env }) => {
    for (const { children } of tokens) {
      let isOutside = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          isOutside = leadOut(token, env.relativePath ?? '', origin);
        } else if (token.type === 'link_close' && isOutside) {
          Object.assign(token, { type: 'outside_close', tag: 'span' });
          isOutside = false;
        }
      }
    }
  });
}

/** Whether the link has become plain text. */
function leadOut(token: Token, page: string, origin: string | undefined): boolean {
  const href = token.attrGet('href') ?? '';
  const path = posix.join('docs', posix.dirname(page), href);
  if (/^(?:[a-z]+:|#|\/)/.test(href)) {
    return false;
  }
  if (path.startsWith('docs/')) {
    token.attrSet('href', href.replace(/\bREADME\.md\b/, 'index.md'));
    return false;
  }
  if (origin !== undefined) {
    token.attrSet('href', `${origin}/blob/HEAD/${path}`);
    return false;
  }
  Object.assign(token, { type: 'outside_open', tag: 'span', attrs: [['title', `${path} in the repository`]] });
  return true;
}
