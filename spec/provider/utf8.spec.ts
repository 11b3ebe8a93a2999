import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../../src/provider/utf8';

const encoder = new TextEncoder();
const edges = ['', '\0', '\x7f', '\x80', '\u07ff', '\u0800', '\ud7ff', '\ud800', '\udbff', '\udc00', '\udfff', '\ue000', '\uffff'];

describe('utf8Bytes', () => {
  it('counts as an encoder does around every border, alone and in pairs', () => {
    for (const first of edges) {
      for (const second of edges) {
        const text = first + second;
        expect([text, utf8Bytes(text)]).toEqual([text, encoder.encode(text).length]);
      }
    }
  });
});
