import { Allowance, jsonOf } from '../read';
import { utf8Bytes } from '../utf8';
import type { ChunkReading } from './chunk-reading';

/** The size of all that the model wrote in a value that was read, in UTF-8. */
export function bytesIn({ text, reasoning, other, sent }: ChunkReading): number {
  let bytes = text === '' ? 0 : utf8Bytes(text);
  if (reasoning !== '') {
    bytes += utf8Bytes(reasoning);
  }
  if (other !== '') {
    bytes += utf8Bytes(other);
  }
  return sent === undefined ? bytes : bytes + bytesAsJson(sent);
}

function bytesAsJson(sent: readonly object[]): number {
  let left: Allowance | undefined;
  let bytes = 0;
  for (const value of sent) {
    const counted = smallJson(value);
    if (counted === undefined) {
      left ??= new Allowance();
      bytes += utf8Bytes(jsonOf(value, left));
    } else {
      bytes += counted;
    }
  }
  return bytes;
}

/** Names of a small object. */
const mostNames = 20;

/** Where JSON writes what stands in a text as it is, a byte for each. */
const plain = /^[ !#-[\]-~]*$/;

/**
 * The length as JSON of a small object of plain texts, as most arguments of tools are; undefined for all
 * others. To write the JSON with a limit takes 700 ns more. No getter is touched: the JSON will do that.
 */
function smallJson(value: object): number | undefined {
  try {
    return Object.getPrototypeOf(value) === Object.prototype ? bytesOfTexts(value) : undefined;
  } catch {
    return undefined; // a proxy that refuses
  }
}

function bytesOfTexts(value: object): number | undefined {
  let names = 0;
  let bytes = 1; // both braces, and a comma less than names
  for (const name in value) {
    const given: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
    names += 1;
    if (names > mostNames || typeof given !== 'string' || !plain.test(name) || !plain.test(given)) {
      return undefined;
    }
    bytes += name.length + given.length + 6; // four quotes, colon, comma
  }
  return names === 0 ? 2 : bytes;
}
