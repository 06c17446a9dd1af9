/** Throws where the inner dimensions of a product differ. */
export function sameInner(left: number, right: number): void {
  if (left !== right) throw new RangeError(`inner dimensions differ: ${left} and ${right}`)
}
