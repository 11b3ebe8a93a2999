// Nobody who imports the operators loads a byte of the second entry point, or needs a Redis client.
require('rxjs-resilience');

const loaded = Object.keys(require.cache).filter((file) =>
  /rxjs-resilience.dist.redis|node_modules.(ioredis|redis)/.test(file),
);
console.log(loaded.length === 0 ? 'it works' : loaded.join());
