// Nobody who imports the operators loads a byte of the other entry points, or needs a Redis client.
require('rxjs-resilience');

const loaded = Object.keys(require.cache).filter((file) =>
  /rxjs-resilience.dist.(redis|http|testing|ai-sdk|opentelemetry)|node_modules.(ioredis|redis|@opentelemetry)/.test(
    file,
  ),
);
console.log(loaded.length === 0 ? 'it works' : loaded.join());
