// A scan worker for tests: takes all memory or all time, as the window says, unless it is told to hold it.
export function ready() {}

export function score({ window, unscanned }) {
  if (unscanned !== undefined) return { value: { held: unscanned } }
  if (window === 'memory') {
    const hoard = []
    for (;;) hoard.push(Array.from({ length: 100_000 }, (_, i) => `${hoard.length} ${i}`))
  }
  if (window === 'time') for (;;);
  return { value: { held: null } }
}
