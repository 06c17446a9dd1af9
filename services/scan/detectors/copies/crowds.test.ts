import { describe, expect, it } from 'vitest'
import type { Neighbours } from '../../view/window-view.ts'
import { crowds } from './crowds.ts'

/** Places on a line, and how near all of them are to one another. */
function onALine(places: readonly number[]): Neighbours {
  const k = places.length - 1
  const index = new Int32Array(places.length * k)
  const distance = new Float32Array(places.length * k)
  places.forEach((place, i) => {
    const others = [...places.keys()].filter((j) => j !== i)
    others.sort((a, b) => Math.abs(places[a]! - place) - Math.abs(places[b]! - place))
    others.forEach((j, at) => {
      index[i * k + at] = j
      distance[i * k + at] = Math.abs(places[j]! - place)
    })
  })
  return { index, distance, k }
}

const first = (count: number) => Int32Array.from({ length: count }, (_, i) => i)

describe('crowds', () => {
  it('take what is near the next alone for a run, as readings one after another are', () => {
    const readings = Array.from({ length: 12 }, (_, i) => 0.8 * i)
    expect(crowds(onALine(readings), 1)(first(12))).toEqual({ isRun: true, beside: 0 })
  })

  it('take copies of one record for none, however they differ from it', () => {
    const copies = Array.from({ length: 12 }, (_, i) => 0.7 * (-1) ** i * (i / 12))
    expect(crowds(onALine([...copies, 40, 50]), 1)(first(12))).toEqual({ isRun: false, beside: 0 })
  })

  it('take copies for none to which a run leads', () => {
    const joined = [...Array.from({ length: 12 }, () => 0), ...Array.from({ length: 10 }, (_, i) => 0.8 * (i + 1))]
    expect(crowds(onALine([...joined, 90]), 1)(first(22)).isRun).toBe(false)
  })

  it('count the records beside, where values are steps of a ladder', () => {
    const steps = Array.from({ length: 30 }, (_, i) => 1.5 * Math.floor(i / 6))
    const middle = Int32Array.from([12, 13, 14, 15, 16, 17])
    expect(crowds(onALine(steps), 1)(middle)).toEqual({ isRun: false, beside: 12 })
  })
})
