const rotated = (word: number, by: number) => (word << by) | (word >>> (32 - by));

/** SHA-1 (RFC 3174) of a text in UTF-8, in hex: by which Redis knows a script. Web Crypto has it only as a promise. */
export function sha1(text: string): string {
  const hash = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const blocks = padded(new TextEncoder().encode(text));
  const words = new Int32Array(80);
  for (let start = 0; start < blocks.byteLength; start += 64) {
    for (let t = 0; t < 80; t += 1) {
      words[t] =
        t < 16
          ? blocks.getInt32(start + 4 * t)
          : rotated(words[t - 3]! ^ words[t - 8]! ^ words[t - 14]! ^ words[t - 16]!, 1);
    }
    let [a, b, c, d, e] = hash as [number, number, number, number, number];
    for (let t = 0; t < 80; t += 1) {
      const next = (rotated(a, 5) + mixed(t, b, c, d) + e + words[t]!) | 0;
      [e, d, c, b, a] = [d, c, rotated(b, 30), a, next];
    }
    [a, b, c, d, e].forEach((word, index) => {
      hash[index] = (hash[index]! + word) | 0;
    });
  }
  return hash.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** With a bit, zeros and the length in bits behind it, so that blocks of 64 bytes are full. */
function padded(bytes: Uint8Array): DataView {
  const blocks = new DataView(new ArrayBuffer(Math.ceil((bytes.length + 9) / 64) * 64));
  bytes.forEach((byte, index) => {
    blocks.setUint8(index, byte);
  });
  blocks.setUint8(bytes.length, 0x80);
  blocks.setUint32(blocks.byteLength - 4, bytes.length * 8);
  return blocks;
}

function mixed(t: number, b: number, c: number, d: number): number {
  if (t < 20) {
    return ((b & c) | (~b & d)) + 0x5a827999;
  }
  if (t < 40 || t >= 60) {
    return (b ^ c ^ d) + (t < 40 ? 0x6ed9eba1 : 0xca62c1d6 | 0);
  }
  return ((b & c) | (b & d) | (c & d)) + (0x8f1bbcdc | 0);
}
