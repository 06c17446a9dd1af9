/**
 * The connected components of 0 … n − 1 under `edges` that have at least two members: members ascending, in order of
 * the first.
 */
export function components(n: number, edges: Iterable<readonly [number, number]>): Int32Array[] {
  const parent = Int32Array.from({ length: n }, (_, i) => i)
  const find = (i: number): number => {
    let root = i
    while (parent[root] !== root) root = parent[root]!
    while (parent[i] !== root) [parent[i], i] = [root, parent[i]!]
    return root
  }
  for (const [a, b] of edges) {
    const [x, y] = [find(a), find(b)]
    // The smaller index becomes the root, whatever the order of the edges.
    if (x < y) parent[y] = x
    else parent[x] = y
  }
  const members = new Map<number, number[]>()
  for (let i = 0; i < n; i++) {
    const root = find(i)
    const of = members.get(root)
    if (of === undefined) members.set(root, [i])
    else of.push(i)
  }
  return [...members.values()].filter((of) => of.length > 1).map((of) => Int32Array.from(of))
}
