import type { Observable } from 'rxjs';

/** Values and the end of an Observable, as they come. */
export function follow<T>(source: Observable<T>) {
  const seen: unknown[] = [];
  const subscription = source.subscribe({
    next: (value) => seen.push(value),
    error: (error) => seen.push({ error }),
    complete: () => seen.push('|'),
  });
  return { seen, subscription };
}
