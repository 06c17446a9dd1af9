/** Of a column's values at least this share are times, of so many different hours and minutes. */
const MOSTLY = 0.95
const HOURS = 12
const MINUTES = 12
/** The day begins in the middle of so many hours in which least happens, and at most this share: else it has no beginning. */
const QUIET = 3
const HARDLY = 0.02
const [DAY, HOUR] = [24, 60]

/**
 * Times of day, written as 1355 for five to two, as minutes of a day that begins where least happens: ten past midnight
 * comes after ten to midnight, and an hour is as long as any other. What is no time is taken as though it were one, so that
 * 9999 stays beyond all. Other numbers, and times of what goes on around the clock, are returned as they are. Pure.
 */
export function timesInOrder(values: Float64Array): Float64Array {
  const byHour = hoursOf(values)
  if (byHour === null) return values
  const begins = quietest(byHour)
  if (begins === null) return values
  const start = begins * HOUR
  return values.map((value) => {
    const minutes = HOUR * Math.floor(value / 100) + (value % 100)
    return isTime(value) && minutes < start ? minutes + DAY * HOUR : minutes
  })
}

/** How many of the values lie in each hour; null where they are no times of day. */
function hoursOf(values: Float64Array): Int32Array | null {
  const [byHour, byMinute] = [new Int32Array(DAY), new Int32Array(HOUR)]
  let [times, others] = [0, 0]
  for (const value of values) {
    if (isTime(value)) {
      byHour[Math.floor(value / 100) % DAY]!++
      byMinute[value % 100]!++
      times++
    } else if (!Number.isNaN(value)) others++
    // most columns end here
    if (others > 10 && others > times) return null
  }
  const different = (of: Int32Array) => of.filter((count) => count > 0).length
  const areTimes = times >= MOSTLY * (times + others)
  return areTimes && different(byHour) >= HOURS && different(byMinute) >= MINUTES ? byHour : null
}

function isTime(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 100 * DAY && value % 100 < HOUR
}

/** The hour in the middle of those in which least happens; null where something happens at any. */
function quietest(byHour: Int32Array): number | null {
  const around = Array.from(byHour, (_, hour) => {
    let sum = 0
    for (let k = 0; k < QUIET; k++) sum += byHour[(hour + k) % DAY]!
    return sum
  })
  const least = Math.min(...around)
  if (least > HARDLY * byHour.reduce((sum, count) => sum + count, 0)) return null
  return (around.indexOf(least) + QUIET / 2) % DAY
}
