import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { groupBy } from '../view/build-input.ts'
import { estimateLabelNoise, EXPLAINED } from './label-noise.ts'
import { matrix } from '../numeric/matrix.ts'

const K = 5

/** Records whose labels are drawn from `sharpened` versions of what the predictor says of them. */
function window(n: number, seed: number) {
  const random = seededRandom(seed, 'label noise test')
  const expected = matrix(n, K)
  const truth = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const logits = Array.from({ length: K }, () => 1.5 * random.normal())
    logits[random.below(K)]! += 6
    const total = logits.reduce((sum, l) => sum + Math.exp(l), 0)
    let draw = random.next()
    truth[i] = K - 1
    for (let c = 0; c < K; c++) {
      const p = Math.exp(logits[c]!) / total
      expected.data[i * K + c] = p
      draw -= p
      if (draw < 0 && truth[i] === K - 1) {
        truth[i] = c
        draw = Infinity
      }
    }
  }
  return { expected, truth, random }
}
const grouping = (of: Int32Array) => groupBy([...of].map(String)) ?? { of, names: [], counts: of }

describe('estimateLabelNoise', () => {
  it('takes ambiguity that the predictor shows for no noise', () => {
    const { expected, truth } = window(6000, 1)
    const noise = estimateLabelNoise(expected, expected, grouping(truth))
    expect(noise.rate).toBeLessThan(0.003)
    expect(noise.logOdds.filter((l) => l > 0).length).toBeLessThan(12)
  })

  it('finds the rate of random flips and most of the flips', () => {
    const { expected, truth, random } = window(6000, 2)
    for (let i = 0; i < 180; i++) truth[i] = (truth[i]! + 1 + random.below(K - 1)) % K
    const noise = estimateLabelNoise(expected, expected, grouping(truth))
    expect(noise.rate).toBeGreaterThan(0.02)
    expect(noise.rate).toBeLessThan(0.04)
    expect(noise.logOdds.subarray(0, 180).filter((l) => l > 0).length).toBeGreaterThan(120)
    expect(noise.logOdds.subarray(180).filter((l) => l > 0).length).toBeLessThan(40)
  })

  it('tells the loss of labels replaced at random from that of labels which do not follow', () => {
    /** 400 of 4,000 records are of label 1 and look like it, but for those that `mistaken` has look like label 0. */
    const noiseOf = (mistaken: (i: number) => boolean, given: (i: number, label: number) => number) => {
      const truth = Int32Array.from({ length: 4000 }, (_, i) => Number(i % 10 === 0))
      const expected = matrix(4000, 2)
      truth.forEach((label, i) => {
        const looks = mistaken(i) ? 1 - label : label
        expected.data.set(looks === 0 ? [1 - 1e-6, 1e-6] : [1e-6, 1 - 1e-6], 2 * i)
      })
      const labels = grouping(truth.map((label, i) => given(i, label)))
      return estimateLabelNoise(expected, expected, labels, 'text')
    }
    // One in twenty of either label is replaced.
    const isStruck = (i: number) => Math.floor(i / 10) % 20 === 0
    const flipped = noiseOf(
      () => false,
      (i, label) => (isStruck(i) ? 1 - label : label),
    )
    expect(flipped.unexplained).toBeLessThan(EXPLAINED)
    expect(flipped.logOdds.every((l, i) => l > 0 === isStruck(i))).toBe(true)
    // As many of the rare label alone do not look like it.
    const vague = noiseOf(
      (i) => i % 20 === 0,
      (_, label) => label,
    )
    expect(vague.unexplained).toBeGreaterThan(EXPLAINED)
  })

  it('finds the class that is being pushed into another, though the predictor has learnt to expect it', () => {
    const { expected, truth, random } = window(6000, 3)
    const struck: number[] = []
    truth.forEach((label, i) => {
      if (label !== 2) return
      // What a predictor does that was trained on a window where three in ten of the class are relabelled.
      const [p, q] = [expected.data[i * K + 2]!, expected.data[i * K + 4]!]
      const conceded = p * (0.2 + 0.2 * random.next())
      expected.data[i * K + 2] = p - conceded
      expected.data[i * K + 4] = q + conceded
      if (random.next() < 0.3) struck.push(i)
    })
    for (const i of struck) truth[i] = 4
    const { pushes, pushed } = estimateLabelNoise(expected, expected, grouping(truth))
    expect(pushes).toMatchObject([{ from: 2, to: 4 }])
    expect(struck.filter((i) => pushed[i]! > 0).length).toBeGreaterThan(0.7 * struck.length)
    const innocent = [...truth.keys()].filter((i) => !struck.includes(i) && pushed[i]! > 0)
    expect(innocent.length).toBeLessThan(0.1 * struck.length)
  })

  /** The mean log-odds of thirty records of a thousand, of which the predictor is sure of another label, whatever they are. */
  const suspected = (labelled: (at: number) => number, lie: 'anywhere' | 'strewn' | 'together' = 'anywhere') => {
    const { expected, truth, random } = window(1000, 5)
    const suspects = Array.from({ length: 30 }, (_, at) => 30 * at)
    suspects.forEach((i, at) => {
      const label = labelled(at)
      truth[i] = label
      for (let c = 0; c < K; c++) expected.data[i * K + c] = c === (label + 1) % K ? 0.999 : 0.001 / (K - 1)
    })
    const likely = truth.map((_, i) => {
      const row = expected.data.subarray(i * K, (i + 1) * K)
      return row.indexOf(Math.max(...row))
    })
    const alike = Array.from({ length: K }, (_, c) => [...likely.keys()].filter((i) => likely[i] === c))
    const index = Int32Array.from({ length: 10_000 }, (_, at) => {
      const i = Math.floor(at / 10)
      const from = lie === 'together' && suspects.includes(i) ? suspects : alike[likely[i]!]!
      return from[random.below(from.length)]!
    })
    const neighbours = lie === 'anywhere' ? null : { k: 10, index, distance: new Float32Array(10_000) }
    const { logOdds } = estimateLabelNoise(expected, expected, grouping(truth), 'table', neighbours)
    return suspects.reduce((sum, i) => sum + logOdds[i]! / suspects.length, 0)
  }

  it('asks no predictor what it concedes that leaves far more unexplained than the consensus of a row', () => {
    const { expected: blunt, truth, random } = window(6000, 3)
    // What looks like the one class is of the other three times in ten.
    truth.forEach((label, i) => {
      if (label !== 2) return
      const conceded = blunt.data[i * K + 2]! * (0.2 + 0.2 * random.next())
      blunt.data[i * K + 2] = blunt.data[i * K + 2]! - conceded
      blunt.data[i * K + 4] = blunt.data[i * K + 4]! + conceded
      if (random.next() < 0.3) truth[i] = 4
    })
    // Who the subject is says what the label is.
    const known = matrix(blunt.rows, K).data.fill(1e-3)
    truth.forEach((label, i) => (known[i * K + label] = 1 - (K - 1) * 1e-3))
    const noise = estimateLabelNoise(blunt, matrix(blunt.rows, K, known), grouping(truth))
    expect(noise.pushes).toEqual([])
    expect(noise.logOdds.every((odds) => odds < 0)).toBe(true)
  })

  it('takes suspects of one label alone, in few records, for a kind that the predictor has not learnt', () => {
    expect(suspected(() => 3)).toBeLessThan(suspected((at) => at % K) - 1)
    expect(suspected(() => 3, 'together')).toBe(suspected(() => 3))
  })

  it('takes them for no kind where they lie strewn among the records that they look like', () => {
    expect(suspected(() => 3, 'strewn')).toBeGreaterThan(suspected(() => 3) + 1)
  })

  it('says nothing of a label that predictors have not learnt to tell, and judges nobody else by it', () => {
    const { expected, truth, random } = window(6000, 6)
    for (let i = 0; i < 60; i++) truth[i] = (truth[i]! + 1 + random.below(K - 1)) % K
    const plain = estimateLabelNoise(expected, expected, grouping(truth))
    const rare = { expected: matrix(6000, K + 1), truth: truth.slice() }
    for (let i = 0; i < 6000; i++) rare.expected.data.set(expected.data.subarray(i * K, (i + 1) * K), i * (K + 1))
    rare.truth.fill(K, 5980)
    const noise = estimateLabelNoise(rare.expected, rare.expected, grouping(rare.truth))
    expect([...noise.logOdds.subarray(5980)]).toEqual(Array.from({ length: 20 }, () => Number.NaN))
    expect(noise.rate).toBeLessThan(1.1 * plain.rate)
    const found = ({ logOdds }: typeof noise) => logOdds.subarray(0, 60).filter((l) => l > 0).length
    expect(found(noise)).toBeGreaterThan(0.7 * found(plain))
  })

  it('doubts the wrong labels of a rare class that they outnumber, where some of it is recognised', () => {
    const { expected, truth } = window(6000, 7)
    const rare = matrix(6000, K + 1)
    for (let i = 0; i < 6000; i++) rare.data.set(expected.data.subarray(i * K, (i + 1) * K), i * (K + 1))
    // Ten of its own, as the predictor knows them, and thirty of others that it is sure of.
    const own = Array.from({ length: 10 }, (_, at) => 100 * at)
    const given = Array.from({ length: 30 }, (_, at) => 100 * at + 50)
    const sure = (i: number, label: number) => {
      for (let c = 0; c <= K; c++) rare.data[i * (K + 1) + c] = c === label ? 0.9995 : 0.0001
    }
    for (const i of own) sure(i, K)
    for (const i of given) sure(i, truth[i]!)
    for (const i of [...own, ...given]) truth[i] = K
    const { logOdds } = estimateLabelNoise(rare, rare, grouping(truth))
    expect(given.filter((i) => logOdds[i]! > 0).length).toBeGreaterThan(20)
    expect(own.filter((i) => logOdds[i]! > 0)).toEqual([])
  })

  it('takes a class that is conceded to, for its many wrong labels, for none that is pushed away', () => {
    const { expected, truth } = window(6000, 8)
    // Of a small class the predictor is unsure everywhere, and of the class whose records it was given it is sure.
    const small = new Set([...truth.keys()].filter((i) => truth[i] === 1).slice(0, 200))
    truth.forEach((label, i) => {
      if (label !== 1 && label !== 2) return
      truth[i] = small.has(i) ? 1 : 2
      for (let c = 0; c < K; c++) expected.data[i * K + c] = 0.0005
      expected.data[i * K + 1] = small.has(i) ? 0.5985 : 0.0285
      expected.data[i * K + 2] = small.has(i) ? 0.4 : 0.97
    })
    const given = [...truth.keys()].filter((i) => truth[i] === 2).slice(0, 60)
    for (const i of given) truth[i] = 1
    const { pushes } = estimateLabelNoise(expected, expected, grouping(truth))
    expect(pushes).toEqual([])
  })

  it('takes a class for no pushed one where on a part of its records nobody tells it from another', () => {
    const { expected, truth, random } = window(6000, 3)
    truth.forEach((label, i) => {
      if (label !== 2) return
      // On the others the wider class is conceded a little, and takes nothing for its own.
      const [p, q] = [expected.data[i * K + 2]!, expected.data[i * K + 4]!]
      const conceded = p * (i % 5 < 2 ? 0.46 : 0.02 + 0.1 * random.next())
      expected.data[i * K + 2] = p - conceded
      expected.data[i * K + 4] = q + conceded
      if (i % 5 < 2 && random.next() < 0.46) truth[i] = 4
    })
    expect(estimateLabelNoise(expected, expected, grouping(truth)).pushes).toEqual([])
  })

  it('takes look-alike classes for no push where they differ in a quartile alone', () => {
    const { expected, truth } = window(6000, 4)
    // As shirts and t-shirts: on the plainest records neither is taken for the other, on half of them either is.
    const shades: Readonly<Record<number, (at: number) => number>> = {
      2: (at) => (at < 0.15 ? 0.003 : 0.03 + 0.22 * at),
      4: (at) => (at < 0.3 ? 0.0005 : 0.02 + 0.25 * at),
    }
    const labelled = Int32Array.from(truth)
    for (const label of [2, 4]) {
      const members = [...truth.keys()].filter((i) => truth[i] === label)
      for (const [rank, i] of members.entries()) {
        const share = shades[label]!(rank / members.length)
        for (let c = 0; c < K; c++) expected.data[i * K + c] = 0.0001
        expected.data[i * K + label] = 0.9997 * (1 - share)
        expected.data[i * K + 6 - label] = 0.9997 * share
      }
      for (const i of members.slice(0, label === 2 ? 30 : 10)) labelled[i] = 6 - label
    }
    expect(estimateLabelNoise(expected, expected, grouping(labelled)).pushes).toEqual([])
  })

  it('takes for a push what is relabelled on the plainest records too, and no look-alikes that concede as much', () => {
    const { expected, truth } = window(6000, 4)
    const shades: Readonly<Record<number, (at: number) => number>> = {
      2: (at) => 0.03 + 0.3 * at,
      4: (at) => (at < 0.3 ? 0.0005 : 0.02 + 0.25 * at),
    }
    const byNature = Int32Array.from(truth)
    const pushed = Int32Array.from(truth)
    for (const label of [2, 4]) {
      const members = [...truth.keys()].filter((i) => truth[i] === label)
      for (const [rank, i] of members.entries()) {
        const at = rank / members.length
        const share = shades[label]!(at)
        for (let c = 0; c < K; c++) expected.data[i * K + c] = 0.0001
        expected.data[i * K + label] = 0.9997 * (1 - share)
        expected.data[i * K + 6 - label] = 0.9997 * share
        // As many labels one way, among the doubtful records or among all.
        if (label === 2 && at >= 0.5 && rank % 4 === 0) byNature[i] = 4
        if (label === 2 && rank % 8 === 0) pushed[i] = 4
      }
    }
    expect(estimateLabelNoise(expected, expected, grouping(byNature)).pushes).toEqual([])
    expect(estimateLabelNoise(expected, expected, grouping(pushed)).pushes).toMatchObject([{ from: 2, to: 4 }])
    // Nearly as many are labelled the other way about: classes that shade off into one another are mistaken both ways.
    const members = [...truth.keys()].filter((i) => truth[i] === 4)
    for (const [rank, i] of members.entries()) if (rank % 9 === 0) pushed[i] = 2
    expect(estimateLabelNoise(expected, expected, grouping(pushed)).pushes).toEqual([])
  })

  it('takes for no push, in few records, what goes into a label that another class is taken for as well', () => {
    /** A part of class 2 is labelled 4, and `besides` more records of class 1 are. */
    const pushesOf = (n: number, besides: number) => {
      const { expected, truth } = window(n, 4)
      const members = [...truth.keys()].filter((i) => truth[i] === 2)
      for (const [rank, i] of members.entries()) {
        const share = 0.03 + (0.3 * rank) / members.length
        for (let c = 0; c < K; c++) expected.data[i * K + c] = 0.0001
        expected.data[i * K + 2] = 0.9997 * (1 - share)
        expected.data[i * K + 4] = 0.9997 * share
        if (rank % 8 === 0) truth[i] = 4
      }
      for (const i of [...truth.keys()].filter((i) => truth[i] === 1).slice(0, besides)) truth[i] = 4
      return estimateLabelNoise(expected, expected, grouping(truth)).pushes
    }
    expect(pushesOf(1000, 0)).toMatchObject([{ from: 2, to: 4 }])
    expect(pushesOf(1000, 40)).toEqual([])
    expect(pushesOf(6000, 240)).toMatchObject([{ from: 2, to: 4 }])
  })

  it('takes look-alike classes for no push', () => {
    const { expected, truth } = window(6000, 4)
    expect(estimateLabelNoise(expected, expected, grouping(truth)).pushes).toEqual([])
  })

  it('knows nothing where there are no labels to compare', () => {
    const noise = estimateLabelNoise(matrix(2, 1), matrix(2, 1), {
      of: Int32Array.of(0, -1),
      names: ['a'],
      counts: Int32Array.of(1),
    })
    expect([...noise.logOdds]).toEqual([-Infinity, -Infinity])
  })

  it('takes a label that is the second choice of a sure predictor for a hard record, in rows', () => {
    const [n, classes, suspects, doubted] = [3000, 10, 40, 800]
    /** What a suspect's own label is expected with is always the same; the other eight have less, or more. */
    const doubtOf = (others: number, kind: 'table' | 'image') => {
      const expected = matrix(n, classes)
      const of = Int32Array.from({ length: n }, (_, i) => i % classes)
      for (let i = 0; i < n; i++) {
        const [label, looks] = [of[i]!, (of[i]! + 1 + (i % (classes - 1))) % classes]
        const [own, other] = i < suspects ? [1e-6, 1 - 1e-6] : i < suspects + doubted ? [0.3, 0.7] : [0.98, 0.02]
        expected.data.fill(i < suspects ? others : 1e-9, i * classes, (i + 1) * classes)
        expected.data[i * classes + looks] = other
        expected.data[i * classes + label] = own
      }
      return estimateLabelNoise(expected, expected, grouping(of), kind).logOdds[0]!
    }
    expect(doubtOf(1e-8, 'table')).toBeLessThan(doubtOf(1e-5, 'table') - 1)
    expect(doubtOf(1e-8, 'image')).toBeGreaterThan(doubtOf(1e-5, 'image') - 0.5)
  })
})
