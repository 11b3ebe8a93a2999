import { tokenBucket } from 'rxjs-resilience';
import type { FakeProviderConfig, Faults } from 'rxjs-resilience/testing';

/** What the provider's days are like. */
export const presetNames = ['calm', 'bad-day', 'tight-quota', 'outage'] as const;
export type PresetName = (typeof presetNames)[number];

export type Preset = Pick<FakeProviderConfig, 'limits' | 'hints'> & { readonly faults?: Faults };

/** @param outage ms. */
export function presetOf(name: PresetName, outage: number): Preset {
  switch (name) {
    case 'calm':
      return {};
    case 'bad-day':
      return { faults: { serverError: 0.04, cut: 0.2, stall: 0.04, failInside: 0.04 } };
    case 'tight-quota':
      // Below what callers think that it is, and its refusals do not say by how much.
      return { limits: tokenBucket({ capacity: 4, refill: 3, interval: 1_000 }), hints: 'none' };
    case 'outage':
      return { faults: { serverError: (elapsed) => (elapsed < outage ? 1 : 0) } };
  }
}
