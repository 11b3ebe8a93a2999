import { NEVER } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ResilientClient } from '../../src/index';
import { VirtualScheduler } from '../../src/testing';

/** What is told of a call whose second attempt begins after 5 ms. */
function told(end: 'unsubscribe in hedged' | 'throw in onHedge'): string[] {
  const scheduler = new VirtualScheduler();
  const onHedge = () => {
    if (end === 'throw in onHedge') {
      throw new Error('mine');
    }
  };
  const client = new ResilientClient({ hedge: { after: 5, onHedge }, scheduler });
  const events: string[] = [];
  client.events$.subscribe((event) => {
    if (event.policy === 'call') {
      events.push(`${event.type} ${'attempt' in event ? event.attempt : 'attempts' in event ? event.attempts : ''}`.trim());
    }
    if (event.type === 'hedged' && end === 'unsubscribe in hedged') {
      calling.unsubscribe();
    }
  });
  const calling = client.call(() => NEVER).subscribe({ error: () => undefined });
  scheduler.flush();
  return events;
}

describe('S15: events of a hedged call that ends while it is told of', () => {
  it('tells of no attempt after the end of the call', () => {
    expect(told('unsubscribe in hedged')).toEqual(['began', 'attempt-began 1', 'hedged 2', 'ended 1']);
  });

  it('counts at the end as many attempts as it told of', () => {
    const events = told('throw in onHedge');
    const attempts = events.filter((event) => event.startsWith('attempt-began')).length;
    expect(events.at(-1)).toBe(`ended ${attempts}`);
  });
});
