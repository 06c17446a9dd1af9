/** At most so many of a list, evenly spread over it and in its order. */
export function evenly<T>(list: ArrayLike<T>, most: number): T[] {
  const { length } = list
  if (length <= most) return Array.from(list)
  return Array.from({ length: most }, (_, k) => list[Math.floor((k * length) / most)]!)
}
