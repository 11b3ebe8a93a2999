import { describe, expect, it } from 'vitest';
import { bytesIn, ChunkReading, readChunk, utf8Bytes } from '../../../src/provider';
import { fc } from '../../support/property';

function bytesOf(args: unknown): number {
  const reading = new ChunkReading();
  readChunk({ candidates: [{ content: { parts: [{ functionCall: { args } }] } }] }, reading);
  return bytesIn(reading);
}

describe('the bytes of what is given to a tool', () => {
  it('are those of its JSON, whatever its names and texts are', () => {
    const text = fc.string({ unit: fc.integer({ min: 0, max: 0xff }).map((unit) => String.fromCharCode(unit)) });
    const value = fc.oneof(text, fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.constant(undefined), fc.array(text));
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(text, fc.string()), value, { noNullPrototype: true, maxKeys: 30 }), (args) => {
        expect(bytesOf(args)).toBe(utf8Bytes(JSON.stringify(args)));
      }),
    );
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['one text', { city: 'Rome' }],
    ['texts', { city: 'Rome', unit: '~ C !' }],
    ['a quote', { city: '"Rome"' }],
    ['a backslash', { city: 'Rome\\' }],
    ['a line', { city: 'Rome\n' }],
    ['an accent', { city: 'Orléans' }],
    ['a name with a quote', { 'ci"ty': 'Rome' }],
    ['a list', ['Rome']],
    ['a map without a prototype', Object.assign(Object.create(null), { city: 'Rome' })],
    ['its own JSON', { toJSON: () => ({ city: 'Rome' }) }],
    ['many names', Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`name${index}`, 'Rome']))],
  ])('are those of its JSON: %s', (_, args) => {
    expect(bytesOf(args)).toBe(utf8Bytes(JSON.stringify(args)));
  });

  it('are none where something throws', () => {
    const fail = () => {
      throw new Error('no');
    };
    const args = [
      Object.defineProperty({}, 'city', { get: fail, enumerable: true }),
      new Proxy({}, { getPrototypeOf: fail, ownKeys: fail }),
      new Proxy({}, { ownKeys: fail }),
      new Proxy({ city: 'Rome' }, { getOwnPropertyDescriptor: fail }),
    ];
    expect(args.map(bytesOf)).toEqual([0, 0, 0, 0]);
  });

  it('touches a getter once', () => {
    const touched: string[] = [];
    const args = {
      city: 'Rome',
      get degrees() {
        touched.push('degrees');
        return 21;
      },
    };
    expect(bytesOf(args)).toBe(utf8Bytes('{"city":"Rome","degrees":21}'));
    expect(touched).toEqual(['degrees']);
  });
});
