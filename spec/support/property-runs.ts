/** How often a property is tried: so many times, or a multiple of that where `PROPERTY_RUNS` asks for a long soak. */
export function runs(count: number): number {
  return Math.ceil(count * Number(process.env.PROPERTY_RUNS ?? 1));
}
