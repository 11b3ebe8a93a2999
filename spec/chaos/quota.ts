/** What each client allows itself: half of what the server would allow. Durations are ms. */
export const quota = {
  requests: { limit: 40, window: 500 },
  tokens: { limit: 3_000, window: 1_500 },
  maxConcurrent: 80,
  /** The budget's second limit; the first one is there to be added up. */
  budget: { limit: 4_800, window: 3_000 },
};

/** Calls of each client that are there at once: some of them stand in line. */
export const users = 190;

/** ms until a user asks again who was given no answer. */
export const sulking = 1_000;

/** How long a client waits for the first chunk, and between two. */
export const timeout = { first: 1_500, each: 1_000 };

/** So many in a row open the breaker. */
export const mostFailures = 15;
