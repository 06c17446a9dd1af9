import { seededRandom } from '#core/random.ts'
import { circuit, retry, type CircuitState, type RetryPolicy } from './retry.ts'

/** Runs a call to something outside this process, with retries as far as its errors and the policy allow. */
export type Call = <T>(work: () => Promise<T>) => Promise<T>

/** The process's events that concern a dependency. */
interface DependencyEvents {
  emit(name: 'dependency.circuit', fields: { readonly source: string; readonly circuit: CircuitState }): void
}

export interface DependencyOptions {
  /** The name in events and messages, such as `s3`. */
  readonly name: string
  readonly events?: DependencyEvents | undefined
  readonly policy?: RetryPolicy
  readonly signal?: AbortSignal | undefined
}

/** About five seconds in all; beyond that the caller has to wait. */
const POLICY: RetryPolicy = { attempts: 6, firstDelayMs: 100, longestDelayMs: 2_000 }

/** Makes the retries and the circuit breaker of one dependency, shared by all calls to it. */
export function createCall({ name, events, policy = POLICY, signal }: DependencyOptions): Call {
  const guard = circuit({
    name,
    onChange: (state) => events?.emit('dependency.circuit', { source: name, circuit: state }),
  })
  const random = seededRandom(0, `retry ${name}`)
  return (work) => retry(() => guard(work), { policy, random, signal })
}
