/** Compares texts in natural order: runs of digits by their value, the rest by code units. `''` comes first. */
export function compareNatural(a: string, b: string): number {
  const [first, second] = [partsOf(a), partsOf(b)]
  for (let i = 0; i < Math.min(first.length, second.length); i++) {
    const order = compareParts(first[i] ?? '', second[i] ?? '')
    if (order !== 0) return order
  }
  return first.length - second.length || compareTexts(a, b)
}

function partsOf(text: string): string[] {
  return text.match(/\d+|\D+/g) ?? []
}

function compareParts(a: string, b: string): number {
  if (!/^\d/.test(a) || !/^\d/.test(b)) return compareTexts(a, b)
  const [x, y] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')] // no conversion to Number: sequence numbers exceed 2^53
  return x.length - y.length || compareTexts(x, y)
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
