import { AppError, isAppError } from '#core/errors.ts'
import { doublesOf, hexBytes } from '../secure/bytes.ts'
import { createClient, type WeightedUpdate } from '../secure/client.ts'
import { fault } from '../secure/faults.ts'
import { MASKED, same, stageOf, type SecureStage, type Stage } from '../secure/message.ts'
import { sha256, type KeyPair, type RandomBytes } from '#services/federate/secure/primitives.ts'
import type { Terms } from '../secure/terms.ts'
import { answerOpenly } from '../validate/open-round.ts'
import { parseNextRound, parseOutcome, parseRefusal } from './answers.ts'
import { signCall } from './call.ts'
import type { ClientOutcome } from './server.ts'
import type { Transport } from './transport.ts'

/** What a client must keep between rounds, so that it takes part in no round twice; on disk if the client may be restarted. */
export interface ClientMemory {
  /** Hex; null before the first round. */
  readonly session: string | null
  readonly round: number
}

export const NO_MEMORY: ClientMemory = { session: null, round: 0 }

export interface TakePartOptions {
  readonly transport: Transport
  readonly name: string
  /** The client's Ed25519 key pair; its public key is enrolled. */
  readonly identity: KeyPair
  /** The aggregator's Ed25519 public key, received from whoever enrolled the client. */
  readonly aggregator: Uint8Array
  /** Ed25519 public keys of all possible participants, from the same origin. */
  readonly peers: ReadonlyMap<string, Uint8Array>
  /** Masked or open. An update that is to be masked is never sent openly, whatever the aggregator asks. */
  readonly mode: 'masked' | 'judged'
  /** Trains on the client's data. The model has `terms.dimension` numbers and must not be changed. */
  readonly train: (model: Float64Array, terms: Terms, round: number) => WeightedUpdate | Promise<WeightedUpdate>
  /** Milliseconds that the client waits for the next event within a round. */
  readonly patience: number
  /** Awaited before the client does anything in a round, because from then on it has taken part. */
  readonly remember?: ((memory: ClientMemory) => Promise<void>) | undefined
  /**
   * The largest sketch of a masked update that the client gives, in numbers. If 0 or absent, it takes no part in rounds whose
   * terms ask for one.
   */
  readonly sketch?: number | undefined
  /** The fewest clients that a masked sum may be over, whatever the aggregator asks; default 3. */
  readonly minimum?: number | undefined
  /** The least noise that each client of a masked round must add; default 0. */
  readonly noise?: number | undefined
  readonly random?: RandomBytes | undefined
  readonly clock?: (() => number) | undefined
}

export interface RoundTaken {
  readonly memory: ClientMemory
  /** Null if the aggregator no longer knows the outcome. */
  readonly outcome: ClientOutcome | null
}

const ORDER: Readonly<Record<'masked' | 'judged', readonly Stage[]>> = {
  masked: MASKED.filter((stage) => stage !== 'explain'), // asked in place of `agree` if sketches do not add up
  judged: ['update'],
}

/**
 * Waits for the next round that asks this client, takes part, and returns its outcome. A round that ends without the client is
 * an outcome too. Throws the fault for which the client refuses, `unavailable` (`no_answer`) once `patience` is over, and when
 * `signal` aborts.
 */
export async function takePart(
  memory: ClientMemory,
  options: TakePartOptions,
  signal: AbortSignal,
): Promise<RoundTaken> {
  const { mode, name, identity, aggregator, peers, sketch, minimum, noise, random, train } = options
  const call = createCaller(options, signal)
  const { session, round } = await nextRound(memory, mode, call)
  const next: ClientMemory = { session, round }
  await options.remember?.(next)
  const consent = { sketch, minimum, noise }
  const own = { name, identity, aggregator, peers, ...consent, random, session: hexBytes(session), round }
  const client = mode === 'masked' ? createClient(own) : null
  const update = async (terms: Terms): Promise<WeightedUpdate> => {
    const bytes = (await call.get('/v1/model'))!
    if (!same(sha256(bytes), terms.model)) throw fault('other_model', 'the model is not the one that the terms name')
    return train(doublesOf(bytes), terms, round)
  }
  for (const stage of ORDER[mode]) {
    if (stage === 'sketch' && client?.terms.sketch === 0) continue
    const asked = `/v1/request?round=${round}&stage=${stage}`
    let request = await call.until(asked)
    if (stage === 'agree' && client !== null && request !== 'over' && stageOf(request) === 'explain') {
      if (!(await call.post(`/v1/answer?round=${round}&stage=explain`, client.explain(request)))) break
      request = await call.until(asked)
    }
    if (request === 'over') break
    const answer =
      client === null
        ? await answerOpenly(request, own, update)
        : stage === 'mask'
          ? client.mask(request, await update(client.terms)).answer
          : client[stage as Exclude<SecureStage, 'mask'>](request)
    if (!(await call.post(`/v1/answer?round=${round}&stage=${stage}`, answer))) break
  }
  const told = await call.until(`/v1/outcome?round=${round}`).catch((error: unknown) => {
    if (isAppError(error, 'not_found')) return 'over' as const
    throw error
  })
  const outcome = told === 'over' ? null : parseOutcome(told)
  return { memory: next, outcome }
}

async function nextRound(memory: ClientMemory, mode: string, call: Caller) {
  for (;;) {
    const told = await call.get(`/v1/round?after=${memory.round}`)
    if (told === null) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS)) // an answer that comes at once must not lead to a busy loop
      continue
    }
    const about = parseNextRound(told)
    if (memory.session !== null && about.session !== memory.session) {
      throw fault('wrong_session', 'the aggregator runs another federation than the one that was joined')
    }
    if (about.round <= memory.round) {
      throw fault('wrong_round', `round ${about.round} was taken part in before`)
    }
    if (about.mode !== mode)
      throw fault('wrong_stage', `a ${about.mode} federation: this client takes part in ${mode} ones`)
    return about
  }
}

interface Caller {
  /** Null if there is nothing yet. */
  get(path: string): Promise<Uint8Array | null>
  /** Repeats the call until there is something or the round is over. */
  until(path: string): Promise<Uint8Array | 'over'>
  /** False if the round continued without the answer. */
  post(path: string, body: Uint8Array): Promise<boolean>
}

/** Milliseconds between calls that failed or returned nothing. */
const PAUSE_MS = 500

function createCaller(
  { transport, name, identity, patience, clock = Date.now }: TakePartOptions,
  signal: AbortSignal,
): Caller {
  const once = (method: 'GET' | 'POST', path: string, body?: Uint8Array) => {
    const authorization = signCall(name, identity, { method, path, at: clock() })
    return transport({ method, path, authorization, body, signal })
  }
  /** Sends a call, and repeats it while the aggregator is unavailable, for example during a restart. */
  const send = async (method: 'GET' | 'POST', path: string, body?: Uint8Array) => {
    const until = clock() + patience
    for (;;) {
      try {
        return await once(method, path, body)
      } catch (error) {
        if (!isAppError(error, 'unavailable') || clock() > until) throw error
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
        signal.throwIfAborted()
      }
    }
  }
  const get = async (path: string) => {
    const { status, body } = await send('GET', path)
    if (status === 204) return null
    if (status === 200) return body
    if (status === 410) throw new AppError('not_found', 'the round is over', { reason: 'round_over' })
    throw refusal(status, body)
  }
  return {
    get,
    async until(path) {
      const last = clock() + patience
      for (;;) {
        try {
          const found = await get(path)
          if (found !== null) return found
        } catch (error) {
          if (isAppError(error) && error.reason === 'round_over') return 'over'
          throw error
        }
        if (clock() > last)
          throw new AppError('unavailable', 'the aggregator said nothing in time', { reason: 'no_answer' })
        // the aggregator answers at once if the outcome is not there yet
        await new Promise((resolve) => setTimeout(resolve, Math.min(PAUSE_MS, patience)))
        signal.throwIfAborted()
      }
    },
    async post(path, body) {
      const { status, body: told } = await send('POST', path, body)
      if (status === 204) return true
      const error = refusal(status, told)
      if (error.code === 'conflict') return false
      throw error
    },
  }
}

/** The aggregator's error, as it reports it, if the answer has the form of an error of this protocol. */
function refusal(status: number, body: Uint8Array): AppError {
  const told = parseRefusal(body)
  if (told !== null) return told
  return new AppError(status >= 500 ? 'unavailable' : 'invalid', `the aggregator answered ${status}`)
}
