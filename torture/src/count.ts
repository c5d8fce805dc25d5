/** How often each of several things has happened. */
export type Counts = Map<string, number>

export function count(counts: Counts, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

export const total = (counts: Iterable<readonly [string, number]>): number =>
  [...counts].reduce((sum, [, number]) => sum + number, 0)
