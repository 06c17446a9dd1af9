import type { Participant } from '../participant.ts'
import { createClient, type ClientOptions, type SecureClient, type WeightedUpdate } from '../secure/client.ts'
import { fault } from '../secure/faults.ts'
import type { Stage } from '../secure/message.ts'
import type { Terms } from '../secure/terms.ts'
import { answerOpenly } from '../validate/open-round.ts'

export interface TrainerOptions extends Omit<ClientOptions, 'round'> {
  /** The kind of round that the client takes part in. An update that is to be masked is never sent openly. */
  readonly mode: 'masked' | 'judged'
  readonly round: number
  /** Trains; called once per round. */
  readonly train: (terms: Terms) => WeightedUpdate
}

/** A client in this process, for one round: for simulations, and for owners whose data is on this machine. */
export function createInProcessParticipant({ mode, train, ...options }: TrainerOptions): Participant {
  const { name } = options
  const client: SecureClient | null = mode === 'masked' ? createClient(options) : null
  return {
    name,
    async answer(stage, request) {
      if (client === null) {
        if (stage !== 'update') throw fault('wrong_stage', `${name} takes part in judged rounds only`)
        return answerOpenly(request, options, train)
      }
      return answerMasked(client, stage, request, train)
    },
  }
}

/** One client's answer to any stage of a masked round. */
function answerMasked(
  client: SecureClient,
  stage: Stage,
  request: Uint8Array,
  train: (terms: Terms) => WeightedUpdate,
): Uint8Array {
  if (stage === 'update') throw fault('wrong_stage', 'an update that is to be masked is not sent openly')
  if (stage === 'mask') return client.mask(request, train(client.terms)).answer
  return client[stage](request)
}
