/** A client of federated rounds. Uses no cloud SDK, no catalog and no store. The training data stays where it is. */
export {
  NO_MEMORY,
  takePart,
  type ClientMemory,
  type RoundTaken,
  type TakePartOptions,
} from '#services/federate/http/client.ts'
export { httpTransport, type ClientTls, type Transport } from '#services/federate/http/transport.ts'
export type { ClientOutcome } from '#services/federate/http/server.ts'
export type { WeightedUpdate } from '#services/federate/secure/client.ts'
export type { Terms } from '#services/federate/secure/terms.ts'
export { keyPair, type KeyPair } from '#services/federate/secure/primitives.ts'
export { AppError, isAppError, type ErrorCode } from '#core/errors.ts'
