/** The steps of the protocol, by stage and in order. A process may be interrupted before or after each without loss. */
export const STEPS = [
  'stage.object',
  'stage.deadletters',
  'stage.transaction',
  'stage.acknowledge',
  'scan.memory',
  'scan.load',
  'scan.pool',
  'scan.scores',
  'scan.transaction',
  'commit.load',
  'commit.clean',
  'commit.quarantine',
  'commit.manifest',
  'commit.transaction',
  'commit.discard',
  'review.add',
  'review.object',
  'review.manifest',
  'review.transaction',
  'rescan.window',
] as const
/** The steps of a federated round. `round.stage` occurs once for each stage that its clients are asked for. */
const ROUND_STEPS = [
  'round.open',
  'round.stage',
  'round.past',
  'round.model',
  'round.result',
  'round.manifest',
  'round.transaction',
] as const
/** The steps of removing unused memories. `prune.memory` occurs once for each. */
const PRUNE_STEPS = ['prune.log', 'prune.memory'] as const
export type Step = (typeof STEPS | typeof ROUND_STEPS | typeof PRUNE_STEPS)[number]
export type StepPoint = `${Step}:${'before' | 'after'}`

/** Every point in the processing of a window, and of judging it again, in order. */
export const STEP_POINTS: readonly StepPoint[] = pointsOf(STEPS)
/** Every point of a round. */
export const ROUND_POINTS: readonly StepPoint[] = pointsOf(ROUND_STEPS)
/** Every point of a removal. */
export const PRUNE_POINTS: readonly StepPoint[] = pointsOf(PRUNE_STEPS)

function pointsOf(steps: readonly Step[]): StepPoint[] {
  return steps.flatMap((step) => [`${step}:before`, `${step}:after`] as const)
}

/** Runs a named step; whoever builds the process decides what happens around it. */
export type RunStep = <T>(step: Step, work: () => Promise<T>) => Promise<T>

/** Calls `at` before each step and after each that succeeded; an error that it throws replaces the step's result. */
export function createSteps(at?: (point: StepPoint) => void | Promise<void>): RunStep {
  if (at === undefined) return (_step, work) => work()
  return async (step, work) => {
    await at(`${step}:before`)
    const result = await work()
    await at(`${step}:after`)
    return result
  }
}
