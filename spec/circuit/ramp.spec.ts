import { describe, expect, it } from 'vitest';
import { Ramp } from '../../src/circuit/ramp';
import { fc } from '../support/property';

/** Lets as many go as may; the calls have the numbers from `next` on. */
function goers(ramp: Ramp<number>, next: number, most = 100): number[] {
  const gone: number[] = [];
  while (ramp.hasRoom && gone.length < most) {
    ramp.go();
    ramp.begin(next + gone.length);
    gone.push(next + gone.length);
  }
  return gone;
}

describe('Ramp', () => {
  it('B13: one, then two for each that succeeds, once', () => {
    const ramp = new Ramp<number>();
    expect(goers(ramp, 0)).toEqual([0]);
    expect([ramp.succeed(0), ramp.succeed(0), ramp.succeed(7)]).toEqual([true, false, false]);
    expect(goers(ramp, 1)).toEqual([1, 2]);
    ramp.succeed(1);
    expect(goers(ramp, 3)).toEqual([3, 4]);
    for (const call of [2, 3, 4]) {
      ramp.succeed(call);
    }
    expect(goers(ramp, 5)).toEqual([5, 6, 7, 8, 9, 10]);
  });

  it('B13: nobody goes for one that ends without content, but for the last of them', () => {
    const ramp = new Ramp<number>();
    goers(ramp, 0);
    ramp.succeed(0);
    goers(ramp, 1);
    ramp.end(1);
    expect(ramp.hasRoom).toBe(false);
    ramp.end(2);
    expect(goers(ramp, 3)).toEqual([3]);
    ramp.succeed(3);
    expect(goers(ramp, 4)).toEqual([4, 5]);
  });

  it('B13: one that goes and does not begin is not waited for', () => {
    const ramp = new Ramp<number>();
    for (let gone = 0; gone < 5; gone += 1) {
      expect(ramp.hasRoom).toBe(true);
      ramp.go();
    }
    expect(goers(ramp, 0)).toEqual([0]);
  });

  it('B13: whatever becomes of them, somebody may go or is out, and at most two have gone for each success, and one for each time all had failed', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ which: fc.nat(20), isGood: fc.boolean() }), { maxLength: 60 }), (ends) => {
        const ramp = new Ramp<number>();
        const out: number[] = [];
        let [next, allowed] = [0, 1];
        for (const { which, isGood } of ends) {
          const gone = goers(ramp, next);
          next += gone.length;
          out.push(...gone);
          expect([next, out.length > 0]).toEqual([allowed, true]);
          const [call] = out.splice(which % out.length, 1);
          isGood ? ramp.succeed(call!) : ramp.end(call!);
          allowed += isGood ? 2 : out.length === 0 ? 1 : 0;
        }
      }),
    );
  });
});
