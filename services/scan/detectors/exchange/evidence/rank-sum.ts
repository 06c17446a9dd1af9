/**
 * How much larger `some` values are than the `others`, by ranks, in standard deviations under chance; a tie counts half
 * (Mann & Whitney 1947).
 */
export function rankSum(some: ArrayLike<number>, others: ArrayLike<number>): number {
  const theirs = Array.from(others)
  const larger = Array.from(some, (value) => theirs.reduce((sum, other) => sum + (1 + Math.sign(value - other)) / 2, 0))
  const pairs = some.length * others.length
  const excess = larger.reduce((sum, count) => sum + count, -pairs / 2)
  return excess / Math.sqrt((pairs * (some.length + others.length + 1)) / 12)
}
