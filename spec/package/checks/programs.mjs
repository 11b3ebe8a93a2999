import { runScript } from '../program.mjs';

/** Whether the library runs in Node, from ES modules and from CommonJS. */
export function programs({ folder }) {
  const program = (file, what) => ({
    name: what,
    remedy: `run spec/package/user/${file} in a folder with the tarball, and look at "exports" in package.json`,
    run: () => runScript(folder, file),
  });
  return [
    program('use.mjs', 'works from an ES module'),
    program('use.cjs', 'works from CommonJS'),
    program('shared.mjs', 'rxjs-resilience/redis works from an ES module'),
    program('shared.cjs', 'rxjs-resilience/redis works from CommonJS'),
    program('rooms.mjs', 'rxjs-resilience/http, /testing, /lab, /ai-sdk and /opentelemetry work from an ES module'),
    program('rooms.cjs', 'rxjs-resilience/http, /testing, /lab, /ai-sdk and /opentelemetry work from CommonJS'),
    program('both.cjs', 'two copies in one process know the errors of each other'),
    program('apart.cjs', 'the main entry loads nothing of the other entry points, and no client'),
  ];
}
