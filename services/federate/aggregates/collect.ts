import { isAppError } from '#core/errors.ts'
import type { Participant } from '../participant.ts'
import type { Stage } from '../secure/message.ts'
import type { Requests } from '../secure/secure-round.ts'

/** The aggregator's side of a round, masked or open. It asks, takes answers, and continues with those that it has. */
export interface DrivenRound {
  readonly stage: Stage | 'done'
  begin(): Requests
  accept(message: Uint8Array): string
  close(): Requests
}

/**
 * Drives a round to its end. Each stage ends when all clients have answered or refused, or after `patience` milliseconds.
 * Returns why clients failed, by name. `stageBegins` is awaited before any client is asked. Throws what ends the round, and when
 * `signal` aborts.
 */
export async function collect(
  round: DrivenRound,
  participants: readonly Participant[],
  patience: number,
  signal: AbortSignal,
  stageBegins: (stage: Stage) => Promise<void> = async () => {},
): Promise<Map<string, string>> {
  const failed = new Map<string, string>()
  let requests = round.begin()
  while (round.stage !== 'done') {
    const { stage } = round
    await stageBegins(stage)
    const enough = AbortSignal.any([signal, AbortSignal.timeout(patience)])
    const asked = participants.filter(({ name }) => requests.has(name))
    const answers = asked.map(async (participant) => {
      try {
        const answer = await participant.answer(stage, requests.get(participant.name)!, enough)
        // an answer after the time is up would meet another stage
        if (!enough.aborted) round.accept(answer)
      } catch (error) {
        if (!enough.aborted) failed.set(participant.name, isAppError(error) ? error.message : `refused ${stage}`)
      }
    })
    await Promise.race([Promise.all(answers), whenAborted(enough)])
    signal.throwIfAborted()
    requests = round.close()
  }
  return failed
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
