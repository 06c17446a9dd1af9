/** AUROC and TPR at 1 % FPR to reach, by attack, at poison rates of .3, 1 and 5 %. */
type Goal = readonly [auroc: number, tpr: number]
type Goals = readonly [Goal, Goal, Goal]

const same = (auroc: number, tpr: number): Goals => [
  [auroc, tpr],
  [auroc, tpr],
  [auroc, tpr],
]
const SURE = same(0.999, 0.99)
const PLANTED: Goals = [
  [0.99, 0.95],
  [0.999, 0.99],
  [0.999, 0.99],
]
const WARPED: Goals = [
  [0.99, 0.8],
  [0.99, 0.8],
  [0.99, 0.85],
]
const TEXT: Goals = [
  [0.999, 0.97],
  [0.999, 0.99],
  [0.999, 0.99],
]
const COVERED: Goals = [
  [0.9, 0.4],
  [0.92, 0.6],
  [0.95, 0.75],
]
const HISTORY: Goals = [
  [0.8, 0.3],
  [0.95, 0.8],
  [0.99, 0.95],
]

const GOALS: Readonly<Record<string, Goals>> = {
  badnets: SURE,
  'badnets-soft': SURE,
  'moving-patch': SURE,
  'clean-label-patch': SURE,
  'blend-10': SURE,
  'blend-20': SURE,
  sig: [
    [0.95, 0.8],
    [0.999, 0.99],
    [0.999, 0.99],
  ],
  wanet: WARPED,
  'wanet-faint': WARPED,
  'wanet-cover': WARPED,
  flip: same(0.99, 0.8),
  'flip on mnist': same(0.998, 0.95),
  'pair-flip': [
    [0.99, 0.75],
    [0.99, 0.8],
    [0.97, 0.75],
  ],
  'all-to-all': [
    [0.98, 0.8],
    [0.99, 0.85],
    [0.98, 0.85],
  ],
  'adaptive-blend': COVERED,
  'rare-token': TEXT,
  sentence: TEXT,
  'clean-label-token': HISTORY,
  'out-of-bounds': SURE,
  'in-bounds': SURE,
  'two-values': SURE,
  'three-values': SURE,
  'clean-label-value': HISTORY,
  flood: PLANTED,
  garbage: PLANTED,
  foreign: PLANTED,
  'flip-by-one': PLANTED,
  'pair-flip-by-one': PLANTED,
}

/** The goal nearest in rate, or null where there is none for the attack. */
export function goalOf(dataset: string, attack: string, rate: number): Goal | null {
  const goals = GOALS[`${attack} on ${dataset}`] ?? GOALS[attack]
  if (goals === undefined) return null
  if (rate < 0.006) return goals[0]
  return rate < 0.03 ? goals[1] : goals[2]
}
