import { of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, inject, it } from 'vitest';
import { perSecond, RateLimiter } from '../../../src/index';

/** Where the marbles are to run. */
interface Place {
  /** The version of Node; absent in a browser. */
  readonly node?: string;
  /** The folder in whose node_modules RxJS is; absent in a browser, which has it from a bundle. */
  readonly rxjs?: string;
  /** The folder in whose node_modules the AI SDK is, where its specs are run. */
  readonly ai?: string;
  /** The browser's program, and its major version. */
  readonly browser?: { readonly kind: 'chromium' | 'firefox'; readonly path: string; readonly major: string };
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly place: Place;
  }
}

/** The lines of RxJS in a stack trace from inside `next`: what really runs, whatever was configured. */
function linesOfRxjs(subscribe: (next: () => void) => void): string[] {
  let stack = '';
  subscribe(() => {
    stack = new Error('Where am I?').stack!;
  });
  return stack.split('\n').filter((line) => line.includes('/rxjs/'));
}

// Not a *.spec.ts: what it expects is told by main.mjs.
describe('the place', () => {
  const { node, rxjs, browser } = inject('place');

  if (node !== undefined) {
    it('is the Node that was meant', () => {
      expect(process.versions.node).toBe(node);
    });
  }

  if (rxjs !== undefined) {
    it('runs the RxJS that was meant, and one copy of it', () => {
      const ofSource = linesOfRxjs((next) => new RateLimiter({ limits: perSecond(1) }).acquire().subscribe(next));
      const ofSpecs = linesOfRxjs((next) => of(1).subscribe(next));
      const ofTests = linesOfRxjs((next) =>
        new TestScheduler(() => undefined).run(({ cold }) => cold('a').subscribe(next)),
      );
      for (const lines of [ofSource, ofSpecs, ofTests]) {
        expect(lines.length).toBeGreaterThan(0);
        expect(lines.filter((line) => !line.includes(`${rxjs}/node_modules/rxjs/`))).toEqual([]);
      }
    });
  }

  if (browser !== undefined) {
    it('is the browser that was meant', () => {
      const name = { chromium: 'Chrome', firefox: 'Firefox' }[browser.kind];
      expect(navigator.userAgent).toContain(`${name}/${browser.major}.`);
      expect(document.body).toBeInstanceOf(HTMLElement);
    });
  }
});
