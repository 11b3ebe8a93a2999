/** Callers that await a permit and then ask for the next one do so within so many microtasks, through a few promises. */
const hops = 8;

/** Goes on when those who were just told something had the time to ask for more. */
export async function onceAllAsked(go: () => void): Promise<void> {
  for (let hop = 0; hop < hops; hop += 1) {
    await undefined;
  }
  go();
}
