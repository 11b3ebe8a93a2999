// ESM and CommonJS in one process are two copies of the library: each knows the errors of the other.
const { CircuitOpenError } = require('rxjs-resilience');

import('rxjs-resilience').then((esm) => {
  if (esm.CircuitOpenError === CircuitOpenError) {
    throw new Error('there is one copy only, so this proves nothing');
  }
  const isKnown = new esm.CircuitOpenError({}) instanceof CircuitOpenError;
  const isKnownThere = new CircuitOpenError({}) instanceof esm.CircuitOpenError;
  console.log(isKnown && isKnownThere ? 'it works' : 'two copies do not know each other');
});
