import { afterEach, describe, expect, it, vi } from 'vitest';
import { countedBytes, utf8Bytes } from '../../src/provider/utf8';

const encoder = new TextEncoder();
const edges = ['', '\0', '\x7f', '\x80', '\u07ff', '\u0800', '\ud7ff', '\ud800', '\udbff', '\udc00', '\udfff', '\ue000', '\uffff'];

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('utf8Bytes', () => {
  it('counts long texts alike with and without a platform that counts', () => {
    for (const edge of edges) {
      const text = `${edge}${'a'.repeat(30)}😀${edge}`;
      const bytes = encoder.encode(text).length;
      expect([utf8Bytes(text), countedBytes(text)]).toEqual([bytes, bytes]);
      vi.stubGlobal('Buffer', undefined);
      expect(utf8Bytes(text)).toBe(bytes);
      vi.unstubAllGlobals();
    }
  });

  it('counts as an encoder does around every border, alone and in pairs', () => {
    for (const first of edges) {
      for (const second of edges) {
        const text = first + second;
        expect([text, utf8Bytes(text)]).toEqual([text, encoder.encode(text).length]);
      }
    }
  });
});
