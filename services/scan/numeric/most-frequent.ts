/** The value that most hold, the first of them where several do, and how many hold it; NaN and 0 of none. */
export function mostFrequent(values: Iterable<number>): readonly [value: number, count: number] {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  let most: readonly [number, number] = [NaN, 0]
  for (const each of counts) if (each[1] > most[1]) most = each
  return most
}
